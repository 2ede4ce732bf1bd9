/** Something the person running the set-up can mend: what is wrong, and what to do about it. Ends the set-up with code 2. */
export class SetupError extends Error {
  /**
   * @param {string} problem
   * @param {string} remedy
   */
  constructor(problem, remedy) {
    super(`${problem} ${remedy}`);
    this.name = 'SetupError';
  }
}
