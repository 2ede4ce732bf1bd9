import type { InviteRequest, Person } from '@peekaboo/shared/entitlement';
import type { Invited, NurserySnapshot } from '@peekaboo/shared/wire';
import { peopleWords } from '../ui/people-words.ts';
import { requestOf } from './invite-draft.ts';
import { TermsForm } from './terms-form.tsx';

type InviteFormProps = {
  role: Person['role'];
  nursery: NurserySnapshot;
  invite: (request: InviteRequest) => Promise<Invited>;
  onMade: (reference: string | undefined, invited: Invited) => void;
  onCancel: () => void;
};

/** What is to be known before somebody gets a link. */
export function InviteForm({ role, nursery, invite, onMade, onCancel }: InviteFormProps) {
  const chosen = new Set(nursery.rooms.length === 1 ? nursery.rooms.map(({ id }) => id) : []);
  return (
    <div class="invite-form">
      <TermsForm
        nursery={nursery}
        begin={{ role, rooms: chosen, right: 'cut', reference: '', lastDay: '', weekly: null }}
        label={peopleWords[role].invite}
        words={{ send: peopleWords.makeLink, sending: peopleWords.makingLink }}
        action="make-link"
        send={async (draft) => {
          const request = requestOf(draft, nursery.nursery.timeZone);
          onMade(request.reference, await invite(request));
        }}
        onCancel={onCancel}
      />
    </div>
  );
}
