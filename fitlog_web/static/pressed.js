// Whether a pointer is pressed. What changes the page meanwhile could take the thing that is being clicked away:
// a click counts only where the pointer goes down and up on one and the same element.

/** The longest that anything waits for a pointer, in milliseconds, for one may be let go where nobody tells of it. */
const LONGEST = 10_000;

/** @type {Promise<void> | null} resolves when no pointer is pressed any more */
let pressed = null;
let letGo = () => {};

addEventListener("pointerdown", press, { capture: true, passive: true });
// Its click is told in one task with the pointer's going up.
for (const name of ["pointerup", "pointercancel", "dragend", "blur"]) addEventListener(name, () => setTimeout(letGo), { capture: true, passive: true });

function press() {
  letGo();
  pressed = new Promise((resolve) => {
    const timer = setTimeout(() => letGo(), LONGEST);
    letGo = () => {
      clearTimeout(timer);
      pressed = null;
      resolve();
    };
  });
}

/** @returns {Promise<void>} resolves when no pointer is pressed, at once where none is */
export async function released() {
  while (pressed) await pressed;
}
