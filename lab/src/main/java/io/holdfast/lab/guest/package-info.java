/**
 * The guests of the lab: two very small virtual machines that do nothing but keep a heartbeat ledger.
 *
 * <p>The <em>boot-sector guest</em> is under 2 KiB of our own code; it beats a quarter of a second after power-on, needs
 * 4 MiB of memory, and is a real QEMU guest with a real disk: it locks, migrates and loses power like any other. The
 * <em>Linux guest</em> is Debian's cloud kernel with one process, for what needs a kernel. Both write the same format,
 * see {@link io.holdfast.lab.ledger}.
 *
 * <p><b>Threads.</b> Builds may run at the same time, in several processes: each works in a place of its own and renames.
 */
@NullMarked
package io.holdfast.lab.guest;

import org.jspecify.annotations.NullMarked;
