package io.holdfast.slot.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.slot.Blocks;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FileBlocksTest {

    /**
     * Which memory the JVM hands out is chance: about one buffer in 256 lies on a boundary by itself, and only those were too long.
     * Buffers that are all kept alive lie at all distances from a boundary.
     */
    @Test
    void anAlignedBufferIsAsLongAsWasAskedWhereverItsMemoryLies() {
        List<ByteBuffer> kept = new ArrayList<>();
        for (int i = 0; i < 2048; i++) {
            ByteBuffer buffer = FileBlocks.aligned(Blocks.SIZE);
            kept.add(buffer);
            assertThat(buffer.alignmentOffset(0, Blocks.SIZE)).isZero();
            assertThat(buffer.remaining()).isEqualTo(Blocks.SIZE);
            assertThat(buffer.clear().remaining()).isEqualTo(Blocks.SIZE);
        }
        assertThat(kept).hasSize(2048);
    }
}
