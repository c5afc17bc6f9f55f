package io.holdfast.lab.ledger;

import io.holdfast.lab.ledger.Ledger.Beat;
import io.holdfast.lab.ledger.Ledger.Boot;
import io.holdfast.lab.ledger.Ledger.SplitBrain;
import io.holdfast.lab.ledger.LedgerFormat.Sector;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/**
 * Reads the ledger of a guest from its disk file, while the guest runs. Belongs to one thread. Keeps the file open, so a
 * disk that is replaced by another file of the same name needs a new reader.
 */
public final class LedgerReader implements Closeable {

    /** A write takes microseconds; a sector that is still torn after this many looks is damaged. */
    private static final int LOOKS_MAX = 200;

    private static final long LOOK_PAUSE_NANOS = 100_000;

    private final Path file;
    private final DiskImage image;

    private LedgerReader(Path file, DiskImage image) {
        this.file = file;
        this.image = image;
    }

    /** Opens a disk whose backing file, if any, has the same path here as on the host. */
    public static LedgerReader open(Path file) throws IOException {
        return open(file, UnaryOperator.identity());
    }

    /**
     * Opens a disk as this process sees it.
     *
     * @param file raw or qcow2
     * @param locate turns a path as a host sees it (in the name of a backing file, {@code /srv/shared/…}) into one that
     *     this process can open; see {@code Lab.locate}
     * @throws IOException when the file or a backing file cannot be opened, or is of a kind that cannot be read
     */
    public static LedgerReader open(Path file, UnaryOperator<Path> locate) throws IOException {
        return new LedgerReader(file, DiskImage.open(file, locate));
    }

    /** The last beat alone, or empty before the first: the cheap question, one read of one sector when warm. */
    public Optional<Beat> current() throws IOException {
        return sector(LedgerFormat.CURRENT) instanceof Sector.OfBeat(Beat beat) ? Optional.of(beat) : Optional.empty();
    }

    /** The mark of a second writer alone. */
    public Optional<SplitBrain> splitBrain() throws IOException {
        return sector(LedgerFormat.SPLIT) instanceof Sector.OfSplit(SplitBrain mark)
                ? Optional.of(mark)
                : Optional.empty();
    }

    /**
     * The whole ledger. The guest goes on meanwhile; what it wrote after we read the current beat is left out, so that the
     * answer is one moment as far as the order of writes allows.
     *
     * @throws IOException when this is no ledger, or a sector stays unreadable
     */
    public Ledger read() throws IOException {
        String name = LedgerFormat.name(raw(LedgerFormat.HEADER))
                .orElseThrow(() -> new IOException(file + " holds no ledger of version 1 (no HFLEDGER at sector 1)"));
        Optional<Beat> current = current();
        List<Boot> boots = new ArrayList<>();
        List<Beat> beats = new ArrayList<>();
        if (current.isPresent()) {
            ByteBuffer all = buffer((LedgerFormat.SECTORS - LedgerFormat.BOOTS) * LedgerFormat.SECTOR_BYTES);
            image.read((long) LedgerFormat.BOOTS * LedgerFormat.SECTOR_BYTES, all);
            for (int lba = LedgerFormat.BOOTS; lba < LedgerFormat.SECTORS; lba++) {
                ByteBuffer one = all.slice(
                                (lba - LedgerFormat.BOOTS) * LedgerFormat.SECTOR_BYTES, LedgerFormat.SECTOR_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
                Sector decoded = LedgerFormat.decode(one);
                switch (decoded instanceof Sector.Torn ? sector(lba) : decoded) {
                    case Sector.OfBoot(Boot boot) -> {
                        if (boot.bootCount() <= current.get().bootCount()) {
                            boots.add(boot);
                        }
                    }
                    case Sector.OfBeat(Beat beat) -> {
                        if (beat.sequence() <= current.get().sequence()) {
                            beats.add(beat);
                        }
                    }
                    case Sector.Empty() -> {}
                    case Sector.OfSplit _ ->
                        throw new IOException(
                                file + ": sector " + lba + " holds a split-brain mark, which does not belong there");
                    case Sector.Torn() -> throw new IOException(file + ": sector " + lba + " is damaged");
                }
            }
        }
        boots.sort(Comparator.comparingLong(Boot::bootCount));
        beats.sort(Comparator.comparingLong(Beat::sequence));
        // Last, so that a mark made while we read is not missed.
        return new Ledger(name, current, boots, beats, splitBrain());
    }

    private Sector sector(int lba) throws IOException {
        for (int looks = 0; looks < LOOKS_MAX; looks++) {
            Sector sector = LedgerFormat.decode(raw(lba));
            if (!(sector instanceof Sector.Torn)) {
                return sector;
            }
            LockSupport.parkNanos(LOOK_PAUSE_NANOS);
        }
        throw new IOException(file + ": sector " + lba + " is damaged: its trailer does not match its content");
    }

    private ByteBuffer raw(int lba) throws IOException {
        ByteBuffer sector = buffer(LedgerFormat.SECTOR_BYTES);
        image.read((long) lba * LedgerFormat.SECTOR_BYTES, sector);
        return sector;
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() throws IOException {
        image.close();
    }
}
