/** The nursery's name beside the sign of the house. */
export function Header({ nursery, page }: { nursery: string | null; page: string | null }) {
  return (
    <header class="page-header">
      <span class="logo" aria-hidden="true" />
      <h1>{nursery ?? 'Peekaboo'}</h1>
      {page && <span class="page-name">{page}</span>}
    </header>
  );
}
