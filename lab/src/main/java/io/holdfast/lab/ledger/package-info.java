/**
 * The heartbeat ledger that a lab guest keeps on its own disk, read from outside while the guest runs.
 *
 * <p><b>Purpose.</b> Whether an instance ran on two hosts at once is not for the control plane to say. The guest itself
 * writes down who it is and how far it counted, and notices when somebody else writes to its disk.
 *
 * <p><b>Terms.</b> A <em>boot</em> is one life of the guest, with a random id that is never zero. A <em>beat</em> is one
 * number written during a boot; numbers go on over boots (the first of a boot is the last of the one before plus one). A
 * <em>split brain</em> is noted when the guest finds a foreign boot id where it wrote its own last beat.
 *
 * <p><b>Format, version 1.</b> Sectors of 512 bytes, little-endian numbers, at least 1 MiB.
 *
 * <pre>
 * LBA 0        boot code (boot-sector guest only)
 * LBA 1        header: 0 "HFLEDGER"; 8 u16 version; 10 u16 BIOS ticks (55 ms) per beat; 64 name, UTF-8, 64 bytes, zero-padded
 * LBA 2        current beat (record, magic BEAT)
 * LBA 3        split-brain mark (record, magic SPLT); stays for ever once written
 * LBA 4..63    more boot code
 * LBA 64..127  boot table: boot number n at 64 + (n - 1) mod 64 (record, magic BOOT)
 * LBA 128..1151  ring of beats: number s at 128 + s mod 1024 (record, magic BEAT)
 *
 * record:  0 u32 magic; 4 u32 number of the boot, from 1; 8 u64 boot id; 16 u64 number of the beat; 24 u64 first number
 *          of this boot; in SPLT also: 32 u64 foreign boot id; 40 u64 foreign number; 48 u32 detections so far;
 *          504 u64 trailer = boot id xor number xor (magic shifted left by 32)
 * </pre>
 *
 * <p><b>Order of writes.</b> At boot: boot table, then current beat. Each beat: read back the current beat and compare,
 * then current beat, then ring. So a beat that is seen always has its boot in the table, and no number of the ring is
 * used again by a later boot after a power loss between two writes; the price is that a power loss may leave one number
 * out of the ring.
 *
 * <p><b>Reading.</b> {@link io.holdfast.lab.ledger.LedgerReader} reads raw images and qcow2 overlays with their backing
 * files, never writes, takes no lock, and reads a sector again when its trailer does not match (torn by a write under
 * way). {@link io.holdfast.lab.ledger.LedgerCheck} judges, and is pure.
 *
 * <p><b>Refuses</b> compressed, encrypted and external-data qcow2, and says so.
 *
 * <p><b>Threads.</b> A reader belongs to one thread; everything else is immutable.
 */
@NullMarked
package io.holdfast.lab.ledger;

import org.jspecify.annotations.NullMarked;
