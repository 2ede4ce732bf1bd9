import type { ChangeRequest, Person } from '@peekaboo/shared/entitlement';
import type { NurserySnapshot } from '@peekaboo/shared/wire';
import { peopleWords, personName } from '../ui/people-words.ts';
import { changeOf, draftFrom } from './change-draft.ts';
import { TermsForm } from './terms-form.tsx';

type ChangeFormProps = {
  person: Person;
  nursery: NurserySnapshot;
  change: (request: ChangeRequest) => Promise<void>;
  onChanged: () => void;
  onCancel: () => void;
};

/** What somebody may, to be changed while their devices stay set up. */
export function ChangeForm({ person, nursery, change, onChanged, onCancel }: ChangeFormProps) {
  const { timeZone } = nursery.nursery;
  return (
    <div class="change-form">
      <TermsForm
        nursery={nursery}
        begin={draftFrom(person, nursery.rooms, timeZone)}
        label={peopleWords.changeLabel(personName(person))}
        hint={peopleWords.changeMeans}
        words={{ send: peopleWords.save, sending: peopleWords.saving }}
        action="save-change"
        send={async (draft) => {
          await change(changeOf(draft, person, timeZone));
          onChanged();
        }}
        onCancel={onCancel}
      />
    </div>
  );
}
