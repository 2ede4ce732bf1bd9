import { guardianWords } from '../ui/guardian-words.ts';
import { Header } from '../ui/header.tsx';
import { Notice } from '../ui/notice.tsx';

/** All that a browser without live video is shown. */
export function Unfit() {
  return (
    <>
      <Header nursery={null} page={null} />
      <main>
        <Notice saying={guardianWords.noBrowser} state="unsupported" />
      </main>
    </>
  );
}
