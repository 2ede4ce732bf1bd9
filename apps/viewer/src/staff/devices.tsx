import type { Person } from '@peekaboo/shared/entitlement';
import type { NurserySnapshot } from '@peekaboo/shared/wire';
import { useSignal } from '@preact/signals';
import { deviceName, peopleWords } from '../ui/people-words.ts';
import { timeFrame } from '../ui/time-frame.ts';
import { RemoveForm } from './remove-form.tsx';
import type { Session } from './session.ts';

/** The devices of one person; a lost one is removed without the others. */
export function Devices({ person, session, nursery }: { person: Person; session: Session; nursery: NurserySnapshot }) {
  const removing = useSignal<string | null>(null);
  const frame = timeFrame(nursery.nursery.timeZone);
  return (
    <details class="devices">
      <summary>{peopleWords.devices}</summary>
      <ul>
        {person.devices.map((device) => (
          <li key={device.pass} data-device={device.pass}>
            <p class="device">
              <span>{deviceName(device, frame)}</span>
              {removing.value !== device.pass && (
                <button
                  type="button"
                  class="quiet grave"
                  data-action="remove-device"
                  aria-label={peopleWords.removeDeviceLabel(device.pass)}
                  onClick={() => {
                    removing.value = device.pass;
                  }}
                >
                  {peopleWords.removeDevice}
                </button>
              )}
            </p>
            {removing.value === device.pass && (
              <RemoveForm
                question={peopleWords.removeDeviceQuestion}
                means=""
                reason={peopleWords.deviceReason}
                onRemove={(reason) => {
                  removing.value = null;
                  session.cuts.cut({ kind: 'pass', nursery: nursery.nursery.id, pass: device.pass }, reason);
                }}
                onKeep={() => {
                  removing.value = null;
                }}
              />
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
