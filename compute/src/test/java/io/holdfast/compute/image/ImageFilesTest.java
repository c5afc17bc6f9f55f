package io.holdfast.compute.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ImageEntry.Content;
import io.holdfast.model.ImageId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ImageFilesTest {

    private static final ImageId IMAGE = ImageId.of(UUID.randomUUID());
    private static final UUID UPLOAD = UUID.randomUUID();

    @TempDir
    Path shared;

    @Test
    void whatWasWrittenIsThereWithItsSums() throws Exception {
        byte[] content = new byte[1_000_000];
        new java.util.Random(1).nextBytes(content);
        ImageFiles files = new ImageFiles(shared, 0);
        Content written = write(files, new ByteArrayInputStream(content), 1_000_000);
        assertThat(written).isEqualTo(new Content(1_000_000, 1_000_000L, hex("MD5", content), hex("SHA-512", content)));
        assertThat(files.names()).containsExactly(ImageFiles.name(IMAGE, UPLOAD));
        try (InputStream in = files.open(ImageFiles.name(IMAGE, UPLOAD))) {
            assertThat(in.readAllBytes()).isEqualTo(content);
        }
        files.remove(ImageFiles.name(IMAGE, UPLOAD));
        files.remove(ImageFiles.name(IMAGE, UPLOAD));
        assertThat(files.names()).isEmpty();
    }

    @Test
    void anUploadThatBreaksOffLeavesNothing() {
        InputStream breaking = new SequenceInputStream(new ByteArrayInputStream(new byte[600_000]), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the sender broke off");
            }
        });
        refused(Kind.INVALID, "the sender broke off", () -> write(new ImageFiles(shared, 0), breaking, 1 << 30));
    }

    @Test
    void aFullDiskLeavesNothing() {
        long[] left = {300_000};
        ImageFiles full = new ImageFiles(shared, 0, (out, bytes) -> {
            if ((left[0] -= bytes.remaining()) < 0) {
                throw new IOException("No space left on device");
            }
            return out.write(bytes);
        });
        refused(Kind.TOO_LARGE, "not enough space", () -> write(full, zeros(), 1 << 30));
    }

    @Test
    void aDiskThatFailsLeavesNothing() {
        ImageFiles broken = new ImageFiles(shared, 0, (out, bytes) -> {
            throw new IOException("Input/output error");
        });
        refused(Kind.UNAVAILABLE, "storage fails", () -> write(broken, zeros(), 1 << 30));
    }

    @Test
    void whatIsTooLongOrWouldTakeTheGuestsRoomLeavesNothing() {
        refused(Kind.TOO_LARGE, "longer than the 600000", () -> write(new ImageFiles(shared, 0), zeros(), 600_000));
        ImageFiles anxious = new ImageFiles(shared, Long.MAX_VALUE / 2);
        refused(Kind.TOO_LARGE, "kept for the guests", () -> write(anxious, zeros(), 1 << 30));
    }

    @Test
    void whatIsNotWhatItShouldBeLeavesNothing() {
        byte[] vmdk = "KDMV-and-more".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        ImageFiles files = new ImageFiles(shared, 0);
        refused(Kind.INVALID, "is vmdk, not raw", () -> write(files, new ByteArrayInputStream(vmdk), 1 << 30));
        refused(Kind.INVALID, "no content", () -> write(files, InputStream.nullInputStream(), 1 << 30));
    }

    @Test
    void aFileThatIsGoneCannotBeRead() {
        assertThatThrownBy(() -> new ImageFiles(shared, 0).open("uploads/gone").close())
                .isInstanceOfSatisfying(
                        ComputeException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
    }

    private void refused(Kind kind, String message, ThrowingCallable what) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        ComputeException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(message);
        try (var left = Files.walk(shared)) {
            assertThat(left.filter(Files::isRegularFile)).isEmpty();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static InputStream zeros() {
        return new ByteArrayInputStream(new byte[1_000_000]);
    }

    private static Content write(ImageFiles files, InputStream content, long limit) {
        return files.write(IMAGE, UPLOAD, "raw", limit, content, () -> {});
    }

    private static String hex(String algorithm, byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    }
}
