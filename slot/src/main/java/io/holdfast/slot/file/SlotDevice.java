package io.holdfast.slot.file;

import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.slot.Acknowledgement;
import io.holdfast.slot.Answer;
import io.holdfast.slot.Blocks;
import io.holdfast.slot.Claim;
import io.holdfast.slot.Content;
import io.holdfast.slot.Content.Empty;
import io.holdfast.slot.Content.Unreadable;
import io.holdfast.slot.Content.Written;
import io.holdfast.slot.DeviceHeader;
import io.holdfast.slot.DeviceReading;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Pill;
import io.holdfast.slot.Renewal;
import io.holdfast.slot.SlotException;
import io.holdfast.slot.SlotPlace;
import io.holdfast.slot.SlotReader;
import io.holdfast.slot.SlotReading;
import io.holdfast.slot.core.BlockFormat;
import io.holdfast.slot.core.BlockFormat.Kind;
import io.holdfast.slot.core.PillRule;
import io.holdfast.slot.core.SlotFormat;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * One slot device, opened.
 *
 * <p>Every act that depends on what stands there (a claim, a pill, an emptied pill) reads first, writes, and reads back. That is
 * no lock: storage has none that we could count on. Two hosts that claim one slot at once are told apart at the next round, since
 * every {@linkplain #renew round} looks at the claim before and after its write, and gives no licence if it is not ours.
 *
 * <p>Thread-safe; calls are done one after the other, and each comes back within the deadline.
 */
public final class SlotDevice implements SlotReader, AutoCloseable {

    private static final String REPLACED = "its header is not the one that was there when it was opened";

    private static final int SLOT_BYTES = SlotFormat.BLOCKS_PER_SLOT * BlockFormat.SIZE;

    private final Blocks blocks;
    private final OneAtATime access;
    private final Duration deadline;
    private final DeviceHeader header;
    private final ByteBuffer buffer;

    /** Set by the one thread, read by any. */
    private volatile boolean replaced;

    private SlotDevice(Blocks blocks, OneAtATime access, Duration deadline, DeviceHeader header) {
        this.blocks = blocks;
        this.access = access;
        this.deadline = deadline;
        this.header = header;
        this.buffer = FileBlocks.aligned((int) SlotFormat.size(header.slots()));
    }

    /**
     * Opens a device that has been created.
     *
     * @param deadline for each later call, and for this one
     * @throws SlotException when there is none, when it is not whole, or when it is of a format or segment that is not ours
     */
    public static SlotDevice open(Path path, SegmentId segment, Duration deadline) {
        SlotDevice device = open(path, deadline);
        if (!device.header.segment().equals(segment)) {
            device.close();
            throw foreign(SlotPlace.of(path), device.header, segment);
        }
        return device;
    }

    static SlotException foreign(SlotPlace place, DeviceHeader header, SegmentId segment) {
        return new SlotException(place + " belongs to segment " + header.segment() + ", not to " + segment);
    }

    /** The same for whoever only wants to look, at the device of whichever segment. */
    public static SlotDevice open(Path path, Duration deadline) {
        return open(SlotPlace.of(path), deadline);
    }

    /** The same for a range of a file or block device. */
    public static SlotDevice open(SlotPlace place, Duration deadline) {
        return open(place.toString(), () -> FileBlocks.open(place), deadline);
    }

    /** How blocks are opened; may block. */
    @FunctionalInterface
    public interface Opening {
        Blocks open() throws IOException;
    }

    /** The same for other storage than files. */
    public static SlotDevice open(String name, Opening opening, Duration deadline) {
        OneAtATime access = new OneAtATime("slot-device");
        try {
            return open(name, opening, deadline, access);
        } catch (RuntimeException e) {
            access.close();
            throw e;
        }
    }

    /** Leaves what it was given open when it fails, so that who tries again waits behind an access that hangs. */
    static SlotDevice open(String name, Opening opening, Duration deadline, OneAtATime access) {
        try {
            Blocks blocks = access.run(opening::open, deadline);
            try {
                return new SlotDevice(blocks, access, deadline, access.run(() -> headerOf(name, blocks), deadline));
            } catch (IOException | RuntimeException e) {
                closeLater(access, blocks);
                throw e;
            }
        } catch (IOException e) {
            throw new SlotException("slot device " + name + ": " + reason(e), e);
        }
    }

    private static DeviceHeader headerOf(String name, Blocks blocks) throws IOException {
        requireRoom(name, blocks, "its header", BlockFormat.SIZE);
        ByteBuffer block = FileBlocks.aligned(BlockFormat.SIZE);
        blocks.read(0, block);
        return switch (SlotFormat.header(bytes(block))) {
            case Written<DeviceHeader> written -> {
                requireRoom(name, blocks, written.value().slots());
                yield written.value();
            }
            case Empty<DeviceHeader> _ -> throw new SlotException("slot device " + name + ": its header is empty");
            case Unreadable<DeviceHeader> unreadable ->
                throw new SlotException("slot device " + name + ": " + unreadable.reason());
        };
    }

    private static void requireRoom(String name, Blocks blocks, int slots) throws IOException {
        requireRoom(name, blocks, "its " + slots + " slots", SlotFormat.size(slots));
    }

    /** Found at once, and not by the host whose slot is the first that is missing. */
    private static void requireRoom(String name, Blocks blocks, String what, long bytes) throws IOException {
        long room = blocks.room();
        if (room < bytes) {
            throw new SlotException(
                    "slot device " + name + ": " + what + " would take " + bytes + " bytes, and there are " + room);
        }
    }

    /** As below, of a whole file or block device. */
    public static DeviceHeader create(Path path, SegmentId segment, int slots, Instant now, Duration deadline) {
        return create(SlotPlace.of(path), segment, slots, now, deadline);
    }

    /**
     * Makes a slot device of a file or block device, or of a range of one. The header is written last: what is interrupted is no device.
     *
     * @param place a file that is not there is made, unless it would have to have something in front. Where anything else than zeros
     *     stands already nothing is made: pills may be in it, and forgetting a pill can start a guest twice; or, with a wrong
     *     offset, it is somebody else's
     * @throws SlotException also when so many slots go beyond the end
     */
    public static DeviceHeader create(SlotPlace place, SegmentId segment, int slots, Instant now, Duration deadline) {
        DeviceHeader header = new DeviceHeader(UUID.randomUUID(), segment, slots, now);
        OneAtATime access = new OneAtATime("slot-device");
        try {
            return access.run(
                    () -> {
                        if (place.offset() == 0 && !Files.exists(place.path())) {
                            // Whoever can write here can kill hosts.
                            Files.createFile(
                                    place.path(),
                                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                        }
                        try (FileBlocks blocks = FileBlocks.open(place)) {
                            format(place.toString(), blocks, header);
                        }
                        return header;
                    },
                    deadline);
        } catch (IOException e) {
            throw new SlotException("slot device " + place + ": " + reason(e), e);
        } finally {
            access.close();
        }
    }

    /** As {@link #create}, on blocks that the caller has opened. */
    public static void format(String name, Blocks blocks, DeviceHeader header) throws IOException {
        requireRoom(name, blocks, header.slots());
        requireZeros(name, blocks, (int) SlotFormat.size(header.slots()));
        // In one write: each one waits for the storage, and there may be hundreds of slots.
        ByteBuffer slots = FileBlocks.aligned(header.slots() * SLOT_BYTES);
        for (int slot = 0; slot < header.slots(); slot++) {
            for (Kind kind : Kind.values()) {
                if (kind != Kind.HEADER) {
                    slots.put(SlotFormat.empty(header.id(), slot, kind, 0));
                }
            }
        }
        blocks.write(SlotFormat.offset(0, Kind.CLAIM), slots.flip());
        ByteBuffer first = FileBlocks.aligned(BlockFormat.SIZE);
        blocks.write(0, first.put(SlotFormat.header(header)).flip());
    }

    /** All of it, not its first block alone: what ends in here may be another's. */
    private static void requireZeros(String name, Blocks blocks, int size) throws IOException {
        ByteBuffer there = FileBlocks.aligned(size);
        try {
            blocks.read(0, there);
        } catch (EOFException shorter) {
            // A file that was just made, or that grows.
        }
        byte[] all = bytes(there);
        for (int i = 0; i < all.length; i++) {
            if (all[i] != 0) {
                throw new SlotException("slot device " + name + ": there is something in it already, at its byte " + i
                        + "; stop who uses it, and wipe its first " + size + " bytes");
            }
        }
    }

    public DeviceHeader header() {
        return header;
    }

    /** Whether it was made anew under our feet: whoever goes on has to open it again. */
    public boolean isReplaced() {
        return replaced;
    }

    /** Whether what is read is what stands on the storage. If not, the device serves people, and no proof. */
    public boolean pastCaches() {
        return blocks.pastCaches();
    }

    // ---- reading

    @Override
    public DeviceReading read() {
        try {
            return access.run(this::readAll, deadline);
        } catch (IOException e) {
            return new DeviceReading.Unreadable(reason(e));
        }
    }

    /**
     * All of its bytes, for somebody who checks them.
     *
     * @throws IOException when it cannot be read in time, or at all
     */
    public ByteBuffer raw() throws IOException {
        return access.run(
                () -> {
                    byte[] all = bytes(0, (int) SlotFormat.size(header.slots()));
                    if (isAnother(all)) {
                        throw new IOException(REPLACED);
                    }
                    return ByteBuffer.wrap(all).asReadOnlyBuffer();
                },
                deadline);
    }

    /** A header that has become another's: this device was made anew under our feet. */
    private boolean isAnother(byte[] all) {
        boolean another =
                !(SlotFormat.header(Arrays.copyOf(all, BlockFormat.SIZE)) instanceof Written<DeviceHeader> written)
                        || !written.value().equals(header);
        if (another) {
            replaced = true;
        }
        return another;
    }

    private DeviceReading readAll() throws IOException {
        byte[] all = bytes(0, (int) SlotFormat.size(header.slots()));
        if (isAnother(all)) {
            return new DeviceReading.Unreadable(REPLACED);
        }
        List<SlotReading> slots = new ArrayList<>();
        for (int slot = 0; slot < header.slots(); slot++) {
            int from = (int) SlotFormat.offset(slot, Kind.CLAIM);
            SlotReading reading = SlotFormat.slot(header.id(), slot, Arrays.copyOfRange(all, from, from + SLOT_BYTES));
            // A look in the middle of somebody's write may see half of it. It is whole a moment later, or broken.
            slots.add(reading.isReadable() ? reading : readSlot(slot));
        }
        return new DeviceReading.Read(header, blocks.pastCaches(), slots);
    }

    // ---- the host's side

    /**
     * Takes this host's slot: the one it has, or a free one.
     *
     * @return its number; refused when all are taken, or another took it in the same moment
     */
    public Answer<Integer> claim(HostId host, String bootId, Instant now) {
        return act(() -> {
            if (!(readAll() instanceof DeviceReading.Read read)) {
                return new Answer.Failed<>("the device's header has changed");
            }
            List<SlotReading> own = read.slots().stream()
                    .filter(slot -> slot.claim() instanceof Written<Claim> claim
                            && claim.value().host().equals(host))
                    .toList();
            if (own.size() > 1) {
                return new Answer.Refused<>("two slots are claimed by " + host);
            }
            Optional<SlotReading> chosen = own.stream().findFirst().or(() -> free(read.slots(), host));
            if (chosen.isEmpty()) {
                return new Answer.Refused<>("all " + header.slots() + " slots are taken, or cannot be read");
            }
            int slot = chosen.get().slot();
            if (chosen.get().claim() instanceof Written<Claim> claim
                    && claim.value().bootId().equals(bootId)) {
                return new Answer.Done<>(slot);
            }
            long sequence = sequence(chosen.get().claim()) + 1;
            Claim wanted = new Claim(host, bootId, Instant.ofEpochMilli(now.toEpochMilli()));
            write(slot, Kind.CLAIM, SlotFormat.claim(header.id(), slot, sequence, wanted));
            return readSlot(slot).claim().equals(new Written<>(sequence, wanted))
                    ? new Answer.Done<>(slot)
                    : new Answer.Refused<>("another took slot " + slot + " in the same moment");
        });
    }

    /** Hosts begin to look at different places, so that those that start together seldom want the same one. */
    private Optional<SlotReading> free(List<SlotReading> slots, HostId host) {
        int first = Math.floorMod(host.value().hashCode(), slots.size());
        for (int i = 0; i < slots.size(); i++) {
            SlotReading slot = slots.get((first + i) % slots.size());
            if (slot.claim() instanceof Empty<Claim>) {
                return Optional.of(slot);
            }
        }
        return Optional.empty();
    }

    /** One round of the host that has this slot: is it still ours, write, is it still ours, is there a pill. */
    public Renewal renew(int slot, Heartbeat beat) {
        try {
            return access.run(() -> renewed(slot, beat), deadline);
        } catch (IOException e) {
            return new Renewal.Failed(reason(e));
        }
    }

    private Renewal renewed(int slot, Heartbeat beat) throws IOException {
        SlotReading before = readSlot(slot);
        Optional<String> trouble = notOurs(before, beat);
        if (trouble.isPresent()) {
            return new Renewal.Failed(trouble.get());
        }
        if (before.heartbeat() instanceof Written<Heartbeat> last
                && last.value().bootId().equals(beat.bootId())
                && last.value().session().equals(beat.session())
                && last.value().beat() >= beat.beat()) {
            return new Renewal.Failed("heartbeat " + last.value().beat() + " of this session is there already");
        }
        // Before the write, because that may fail: a host that can read its pill must not live on for being unable to
        // write.
        if (before.pill() instanceof Written<Pill> pill && pill.value().isFor(beat.host(), beat.bootId())) {
            return new Renewal.Pilled(pill.sequence(), pill.value());
        }
        long beganNanos = System.nanoTime();
        long sequence =
                before.heartbeat() instanceof Unreadable<Heartbeat> ? beat.beat() : sequence(before.heartbeat()) + 1;
        write(slot, Kind.HEARTBEAT, SlotFormat.heartbeat(header.id(), slot, sequence, beat));
        SlotReading after = readSlot(slot);
        trouble = notOurs(after, beat);
        if (trouble.isPresent()) {
            return new Renewal.Failed(trouble.get());
        }
        if (!(after.heartbeat() instanceof Written<Heartbeat> written)
                || written.sequence() != sequence
                || !written.value().session().equals(beat.session())) {
            return new Renewal.Failed("another writes to slot " + slot + " as " + beat.host());
        }
        return switch (after.pill()) {
            case Written<Pill> pill
            when pill.value().isFor(beat.host(), beat.bootId()) -> new Renewal.Pilled(pill.sequence(), pill.value());
            case Written<Pill> _, Empty<Pill> _ -> new Renewal.Good(beganNanos);
            case Unreadable<Pill> pill -> new Renewal.Failed("the place of the pill: " + pill.reason());
        };
    }

    private static Optional<String> notOurs(SlotReading slot, Heartbeat beat) {
        return switch (slot.claim()) {
            case Written<Claim> claim
            when claim.value().host().equals(beat.host())
                    && claim.value().bootId().equals(beat.bootId()) -> Optional.empty();
            case Written<Claim> claim ->
                Optional.of("slot " + slot.slot() + " is claimed by "
                        + claim.value().host() + ", boot " + claim.value().bootId());
            case Empty<Claim> _ -> Optional.of("slot " + slot.slot() + " is claimed by nobody");
            case Unreadable<Claim> claim -> Optional.of("the claim: " + claim.reason());
        };
    }

    /** Says that a pill was read, once the host is about to die. */
    public Answer<Long> acknowledge(int slot, Acknowledgement word) {
        return act(() -> {
            Content<Acknowledgement> before = readSlot(slot).acknowledgement();
            long sequence = before instanceof Unreadable<Acknowledgement> ? word.pill() : sequence(before) + 1;
            write(slot, Kind.ACKNOWLEDGEMENT, SlotFormat.acknowledgement(header.id(), slot, sequence, word));
            return new Answer.Done<>(sequence);
        });
    }

    // ---- the controllers' side

    /**
     * Puts a pill into a host's slot and reads it back. Done again with the same words, it changes nothing.
     *
     * @return the pill's sequence. Refused when a newer leader's pill, or another one for the same life, is there
     */
    public Answer<Long> pill(int slot, Pill pill) {
        return act(() -> {
            return switch (PillRule.rule(readSlot(slot), pill, System.currentTimeMillis())) {
                case PillRule.Ruling.Said said -> said.answer();
                case PillRule.Ruling.Write write -> {
                    write(slot, Kind.PILL, SlotFormat.pill(header.id(), slot, write.sequence(), pill));
                    yield readSlot(slot).pill().equals(new Written<>(write.sequence(), pill))
                            ? new Answer.Done<>(write.sequence())
                            : new Answer.Failed<>(
                                    "the pill does not read back; another writer, or the storage lost it");
                }
            };
        });
    }

    /**
     * Takes a pill away.
     *
     * @param dead the host's name, said by somebody who knows that the life it was for is over; empty if only a later boot may show
     *     that. A pill that is taken from a life that can still write would let it live again after it was counted as dead
     */
    public Answer<Pill> clearPill(int slot, Optional<HostId> dead) {
        return act(() -> {
            SlotReading before = readSlot(slot);
            return switch (before.pill()) {
                case Empty<Pill> _ -> new Answer.Refused<>("there is no pill in slot " + slot);
                case Unreadable<Pill> pill -> new Answer.Failed<>("the pill: " + pill.reason());
                case Written<Pill> there -> {
                    boolean over = before.claim() instanceof Written<Claim> claim
                            && claim.value().host().equals(there.value().host())
                            && !claim.value().bootId().equals(there.value().bootId());
                    if (!over && !dead.equals(Optional.of(there.value().host()))) {
                        yield new Answer.Refused<>("the life that it is for may still be there: "
                                + there.value().host() + " has not booted since");
                    }
                    long sequence = there.sequence() + 1;
                    write(slot, Kind.PILL, SlotFormat.empty(header.id(), slot, Kind.PILL, sequence));
                    yield readSlot(slot).pill().equals(new Empty<>(sequence))
                            ? new Answer.Done<>(there.value())
                            : new Answer.Failed<>("the emptied place does not read back");
                }
            };
        });
    }

    // ---- access, on the one thread

    private <T> Answer<T> act(java.util.concurrent.Callable<Answer<T>> act) {
        try {
            return access.run(act, deadline);
        } catch (IOException e) {
            return new Answer.Failed<>(reason(e));
        }
    }

    private SlotReading readSlot(int slot) throws IOException {
        return SlotFormat.slot(header.id(), slot, bytes(SlotFormat.offset(ours(slot), Kind.CLAIM), SLOT_BYTES));
    }

    /** What is before the first slot and behind the last one may be another's. */
    private int ours(int slot) {
        return Objects.checkIndex(slot, header.slots());
    }

    private byte[] bytes(long offset, int length) throws IOException {
        buffer.clear().limit(length);
        blocks.read(offset, buffer);
        return bytes(buffer);
    }

    private void write(int slot, Kind kind, byte[] block) throws IOException {
        buffer.clear();
        blocks.write(SlotFormat.offset(ours(slot), kind), buffer.put(block).flip());
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.position()];
        buffer.get(0, bytes);
        return bytes;
    }

    private static long sequence(Content<?> content) {
        return switch (content) {
            case Written<?> written -> written.sequence();
            case Empty<?> empty -> empty.sequence();
            case Unreadable<?> _ -> 0;
        };
    }

    private static String reason(IOException e) {
        String said = e.getMessage();
        return e instanceof java.nio.file.NoSuchFileException
                ? "there is no such file"
                : e instanceof java.nio.file.AccessDeniedException
                        ? "this user may not open it"
                        : said == null ? e.toString() : said;
    }

    /** Closes behind whatever hangs; does not wait for it. */
    @Override
    public void close() {
        closeLater(access, blocks);
        access.close();
    }

    private static void closeLater(OneAtATime access, Blocks blocks) {
        access.later(() -> {
            blocks.close();
            return true;
        });
    }
}
