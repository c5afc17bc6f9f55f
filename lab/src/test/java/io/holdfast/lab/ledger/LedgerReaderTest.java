package io.holdfast.lab.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.lab.ledger.Ledger.Beat;
import io.holdfast.lab.ledger.Ledger.Boot;
import io.holdfast.lab.ledger.Ledger.SplitBrain;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LedgerReaderTest {

    @TempDir
    Path directory;

    @Test
    void readsWhatAGuestWroteToARawDisk() throws IOException {
        Path disk = directory.resolve("a.img");
        Files.write(disk, withBeats(3));
        try (LedgerReader reader = LedgerReader.open(disk)) {
            Ledger ledger = reader.read();
            assertThat(ledger.name()).isEqualTo("tester");
            assertThat(ledger.current()).contains(new Beat(0x11, 1, 3));
            assertThat(ledger.boots()).containsExactly(new Boot(0x11, 1, 1));
            assertThat(ledger.beats()).hasSize(3);
            assertThat(ledger.splitBrain()).isEmpty();
            assertThat(LedgerCheck.violations(ledger)).isEmpty();
        }
    }

    @Test
    void aBlankDiskHasALedgerWithoutBeats() throws IOException {
        Path disk = directory.resolve("a.img");
        Files.write(disk, LedgerFormat.blank("blank", 2, new byte[0]));
        try (LedgerReader reader = LedgerReader.open(disk)) {
            assertThat(reader.current()).isEmpty();
            assertThat(reader.read().boots()).isEmpty();
        }
    }

    @Test
    void readsTheMarkOfASecondWriter() throws IOException {
        byte[] bytes = withBeats(1);
        ByteBuffer mark = record(bytes, LedgerFormat.SPLIT, LedgerFormat.SPLT, 1, 0x11, 7, 1);
        mark.putLong(32, 0x22).putLong(40, 9).putInt(48, 5);
        Path disk = directory.resolve("a.img");
        Files.write(disk, bytes);
        try (LedgerReader reader = LedgerReader.open(disk)) {
            assertThat(reader.splitBrain()).contains(new SplitBrain(0x11, 7, 0x22, 9, 5));
        }
    }

    @Test
    void refusesADiskThatHoldsNoLedger() throws IOException {
        Path disk = directory.resolve("a.img");
        Files.write(disk, new byte[1024 * 1024]);
        try (LedgerReader reader = LedgerReader.open(disk)) {
            assertThatThrownBy(reader::read).isInstanceOf(IOException.class).hasMessageContaining("no ledger");
        }
    }

    @Test
    void aSectorThatStaysTornIsDamaged() throws IOException {
        byte[] bytes = withBeats(1);
        bytes[LedgerFormat.CURRENT * 512 + 504] ^= 1;
        Path disk = directory.resolve("a.img");
        Files.write(disk, bytes);
        try (LedgerReader reader = LedgerReader.open(disk)) {
            assertThatThrownBy(reader::current).isInstanceOf(IOException.class).hasMessageContaining("damaged");
        }
    }

    @Test
    void aSectorThatIsBeingWrittenIsReadAgain() throws Exception {
        byte[] bytes = withBeats(1);
        Path disk = directory.resolve("a.img");
        Files.write(disk, bytes);
        AtomicBoolean stop = new AtomicBoolean();
        Thread writer = Thread.ofPlatform().start(() -> {
            try (var file = new java.io.RandomAccessFile(disk.toFile(), "rw")) {
                for (long number = 2; !stop.get(); number++) {
                    record(bytes, LedgerFormat.CURRENT, LedgerFormat.BEAT, 1, 0x11, number, 1);
                    // In two halves on purpose: every sector is torn for a moment.
                    file.seek(LedgerFormat.CURRENT * 512L);
                    file.write(bytes, LedgerFormat.CURRENT * 512, 256);
                    file.write(bytes, LedgerFormat.CURRENT * 512 + 256, 256);
                    Thread.onSpinWait();
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        try (LedgerReader reader = LedgerReader.open(disk)) {
            long last = 0;
            for (int i = 0; i < 2000; i++) {
                long now = reader.current().orElseThrow().sequence();
                assertThat(now).isGreaterThanOrEqualTo(last);
                last = now;
            }
        } finally {
            stop.set(true);
            writer.join();
        }
    }

    @Test
    void readsAQcow2OverlayAndFollowsItsBackingFile() throws IOException {
        Files.write(directory.resolve("base.img"), withBeats(2));
        Path overlay = directory.resolve("a.qcow2");
        Files.write(overlay, qcow2("/srv/shared/base.img"));
        try (LedgerReader reader = LedgerReader.open(overlay, path -> directory.resolve(path.getFileName()))) {
            assertThat(reader.read().current()).contains(new Beat(0x11, 1, 2));
            // The guest's first write copies the cluster into the overlay; the open reader must see it.
            allocateFirstCluster(overlay, withBeats(5));
            assertThat(reader.current()).contains(new Beat(0x11, 1, 5));
        }
    }

    @ParameterizedTest
    @CsvSource({"4, 9, version 9", "32, 1, encrypted", "76, 4, features", "76, 16, features", "20, 40, damaged"})
    void refusesWhatItCannotReadAndSaysSo(int offset, int value, String word) throws IOException {
        byte[] bytes = qcow2("base.img");
        ByteBuffer.wrap(bytes).putInt(offset, value);
        Files.write(directory.resolve("base.img"), withBeats(1));
        Path overlay = directory.resolve("a.qcow2");
        Files.write(overlay, bytes);
        assertThatThrownBy(() -> LedgerReader.open(overlay))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(word);
    }

    @Test
    void refusesCompressedClusters() throws IOException {
        byte[] bytes = qcow2("base.img");
        ByteBuffer.wrap(bytes).putLong(2 * 65536, 1L << 62 | 5 * 65536);
        Files.write(directory.resolve("base.img"), withBeats(1));
        Path overlay = directory.resolve("a.qcow2");
        Files.write(overlay, bytes);
        try (LedgerReader reader = LedgerReader.open(overlay)) {
            assertThatThrownBy(reader::current).isInstanceOf(IOException.class).hasMessageContaining("compressed");
        }
    }

    @Test
    void aMissingBackingFileIsAnError() throws IOException {
        Path overlay = directory.resolve("a.qcow2");
        Files.write(overlay, qcow2("gone.img"));
        assertThatThrownBy(() -> LedgerReader.open(overlay)).isInstanceOf(IOException.class);
    }

    /** Header in cluster 0, L1 table in cluster 1, an L2 table without entries in cluster 2. */
    private static byte[] qcow2(String backing) {
        byte[] name = backing.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(4 * 65536);
        file.putInt(0, Qcow2Image.MAGIC).putInt(4, 3);
        file.putLong(8, 512).putInt(16, name.length).put(512, name);
        file.putInt(20, 16).putLong(24, LedgerFormat.DISK_BYTES);
        file.putInt(36, 1).putLong(40, 65536);
        file.putInt(96, 4).putInt(100, 104);
        file.putLong(65536, 2 * 65536 | 1L << 63);
        return file.array();
    }

    private static void allocateFirstCluster(Path overlay, byte[] content) throws IOException {
        try (var file = new java.io.RandomAccessFile(overlay.toFile(), "rw")) {
            file.seek(3 * 65536);
            file.write(content, 0, 65536);
            file.seek(2 * 65536);
            file.writeLong(3 * 65536 | 1L << 63);
        }
    }

    private static byte[] withBeats(int count) {
        byte[] bytes = LedgerFormat.blank("tester", 2, new byte[0]);
        record(bytes, LedgerFormat.BOOTS, LedgerFormat.BOOT, 1, 0x11, 1, 1);
        IntStream.rangeClosed(1, count)
                .forEach(number -> record(bytes, LedgerFormat.RING + number, LedgerFormat.BEAT, 1, 0x11, number, 1));
        record(bytes, LedgerFormat.CURRENT, LedgerFormat.BEAT, 1, 0x11, count, 1);
        return bytes;
    }

    private static ByteBuffer record(byte[] disk, int lba, int magic, int count, long id, long sequence, long first) {
        ByteBuffer sector = ByteBuffer.wrap(disk, lba * 512, 512).slice().order(ByteOrder.LITTLE_ENDIAN);
        return sector.putInt(0, magic)
                .putInt(4, count)
                .putLong(8, id)
                .putLong(16, sequence)
                .putLong(24, first)
                .putLong(504, LedgerFormat.trailer(magic, id, sequence));
    }
}
