const works = new Set<() => void>();

/** Has this done when the process exits, however it comes to that, the last first; unless the function that is returned was called before. A SIGKILL leaves it undone. */
export function atExit(work: () => void): () => void {
  if (works.size === 0) process.once('exit', doAll);
  works.add(work);
  return () => {
    works.delete(work);
    if (works.size === 0) process.off('exit', doAll);
  };
}

function doAll(): void {
  for (const work of [...works].reverse()) work();
}
