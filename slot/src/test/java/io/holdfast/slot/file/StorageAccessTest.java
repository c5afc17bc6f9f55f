package io.holdfast.slot.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.slot.Blocks;
import io.holdfast.slot.sim.MemoryBlocks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class StorageAccessTest {

    @TempDir
    Path directory;

    @Test
    void writesAndReadsAFileThatItMakesItself() throws IOException {
        Path file = directory.resolve(".health-h1");
        StorageAccess access = new StorageAccess(file);

        StorageAccess.Times times = access.once();
        byte[] first = Files.readAllBytes(file);
        access.once();

        assertThat(times.write()).isPositive();
        assertThat(times.read()).isBetween(Duration.ZERO, Duration.ofSeconds(30));
        assertThat(first).hasSize(Blocks.SIZE).startsWith("holdfast health 1 ".getBytes());
        assertThat(Files.readAllBytes(file)).hasSize(Blocks.SIZE).startsWith("holdfast health 2 ".getBytes());
    }

    @Test
    void aDirectoryThatIsGoneIsAFailure() {
        StorageAccess access = new StorageAccess(directory.resolve("not-mounted/.health-h1"));
        assertThatThrownBy(access::once).isInstanceOf(IOException.class).hasMessageContaining("not-mounted");
    }

    @Test
    void whatIsNoFileIsAFailureAndDoesNotHang() throws Exception {
        Path fifo = directory.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor())
                .isZero();
        assertThatThrownBy(new StorageAccess(fifo)::once).isInstanceOf(IOException.class);
        assertThatThrownBy(new StorageAccess(directory)::once).isInstanceOf(IOException.class);
    }

    @Test
    void whatFailsBelowComesUp() {
        MemoryBlocks disk = new MemoryBlocks(2 * Blocks.SIZE);
        StorageAccess access = new StorageAccess(directory, _ -> disk);
        disk.fault(MemoryBlocks.Fault.BROKEN);
        assertThatThrownBy(access::once).isInstanceOf(IOException.class);
        disk.fault(MemoryBlocks.Fault.FULL);
        assertThatThrownBy(access::once).isInstanceOf(IOException.class);
        disk.fault(MemoryBlocks.Fault.NONE);
        assertThat(access)
                .satisfies(each -> assertThat(each.once().pastCaches()).isNotNull());
    }

    @Test
    void aStorageThatForgetsIsNoStorage() {
        MemoryBlocks disk = new MemoryBlocks(2 * Blocks.SIZE);
        StorageAccess access = new StorageAccess(directory, _ -> new Forgetful(disk));
        assertThatThrownBy(access::once)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("something else than was written");
    }

    /** Says that it has written, and has not. */
    private record Forgetful(Blocks disk) implements Blocks {
        @Override
        public void read(long offset, ByteBuffer into) throws IOException {
            disk.read(offset, into);
        }

        @Override
        public void write(long offset, ByteBuffer from) {
            from.position(from.limit());
        }

        @Override
        public long room() throws IOException {
            return disk.room();
        }

        @Override
        public boolean pastCaches() {
            return false;
        }

        @Override
        public void close() throws IOException {
            disk.close();
        }
    }
}
