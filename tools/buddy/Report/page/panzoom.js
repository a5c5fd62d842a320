// A window onto a drawing, moved and zoomed with mouse, wheel and fingers.
class PanZoom {
  constructor(svg, scene) {
    this.svg = svg;
    this.scene = scene;
    this.view = { x: 0, y: 0, scale: 1 };
    this.listen();
  }

  toScreen({ x, y }) {
    return { x: x * this.view.scale + this.view.x, y: y * this.view.scale + this.view.y };
  }
  move(x, y) {
    this.view.x += x;
    this.view.y += y;
    this.apply();
  }
  apply() {
    this.scene.setAttribute(
      "transform",
      `translate(${this.view.x} ${this.view.y}) scale(${this.view.scale})`,
    );
  }
  fit(size) {
    const { clientWidth, clientHeight } = this.svg;
    const whole = Math.min(clientWidth / size.width, clientHeight / size.height);
    // Readable first: a tall graph begins at its top.
    const scale = Math.min(1.15, Math.max(whole, Math.min(0.72, clientWidth / size.width)));
    this.view = {
      scale,
      x: Math.max(8, (clientWidth - size.width * scale) / 2),
      y: whole < scale ? 6 : Math.max(6, (clientHeight - size.height * scale) / 2),
    };
    this.apply();
  }
  zoom(by, at = { x: this.svg.clientWidth / 2, y: this.svg.clientHeight / 2 }) {
    const scale = Math.min(3, Math.max(0.05, this.view.scale * by)),
      real = scale / this.view.scale;
    this.view = { scale, x: at.x - (at.x - this.view.x) * real, y: at.y - (at.y - this.view.y) * real };
    this.apply();
  }
  reveal({ x, y, width, height }) {
    const { scale } = this.view,
      margin = 24;
    const shift = (low, high, room) =>
      high - low > room - 2 * margin
        ? margin - low
        : low < margin
          ? margin - low
          : high > room - margin
            ? room - margin - high
            : 0;
    const left = x * scale + this.view.x,
      top = y * scale + this.view.y;
    this.view.x += shift(left, left + width * scale, this.svg.clientWidth);
    this.view.y += shift(top, top + height * scale, this.svg.clientHeight);
    this.apply();
  }

  listen() {
    this.svg.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        const box = this.svg.getBoundingClientRect();
        if (event.ctrlKey || event.metaKey || !event.shiftKey)
          this.zoom(Math.exp(-event.deltaY * 0.0015), {
            x: event.clientX - box.left,
            y: event.clientY - box.top,
          });
        else this.move(-(event.deltaX || event.deltaY), 0);
      },
      { passive: false },
    );
    let from = null,
      moved = false;
    this.svg.addEventListener("pointerdown", (event) => {
      if (event.button === 0)
        from = {
          x: event.clientX - this.view.x,
          y: event.clientY - this.view.y,
          startX: event.clientX,
          startY: event.clientY,
        };
      moved = false;
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (!event.buttons) from = null;
      if (!from) return;
      if (!moved && Math.hypot(event.clientX - from.startX, event.clientY - from.startY) < 4) return;
      if (!moved) this.svg.setPointerCapture(event.pointerId);
      moved = true;
      this.svg.classList.add("moving");
      this.view.x = event.clientX - from.x;
      this.view.y = event.clientY - from.y;
      this.apply();
    });
    this.svg.addEventListener("pointerup", () => {
      from = null;
      this.svg.classList.remove("moving");
    });
    // The end of a move is not a click on what lies below.
    this.svg.addEventListener(
      "click",
      (event) => {
        if (moved) event.stopPropagation();
        moved = false;
      },
      { capture: true },
    );
  }
}
