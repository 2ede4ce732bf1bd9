type ChoicesProps<K extends string> = {
  legend: string;
  /** Boxes allow several, dots one. */
  as: 'checkbox' | 'radio';
  name: string;
  options: readonly { value: K; title: string; text?: string }[];
  isChosen: (value: K) => boolean;
  onChange: (value: K, chosen: boolean) => void;
};

/** Some of several, or one of them. */
export function Choices<K extends string>({ legend, as, name, options, isChosen, onChange }: ChoicesProps<K>) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {options.map(({ value, title, text }) => (
        <label key={value} class="choice">
          <input
            type={as}
            name={name}
            value={value}
            checked={isChosen(value)}
            onChange={(event) => onChange(value, event.currentTarget.checked)}
          />
          <span>
            {text ? <strong>{title}</strong> : title} {text}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
