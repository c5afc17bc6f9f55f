package io.holdfast.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.model.SecretFile;
import io.holdfast.secrets.SecretException.Trouble;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One reader for plain and sealed files: what it gives, what it refuses, and that it tells no secret while it does. */
final class SecretReaderTest {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String SECRET = "geheim-4711";

    private final MasterKey key = MasterKey.random(RANDOM);
    private final AtomicReference<Keyring> ring = new AtomicReference<>(Keyring.of(List.of(key)));
    private final List<String> warnings = new ArrayList<>();

    @TempDir
    private Path directory;

    private SecretReader reader(PlainSecrets plain) {
        return new SecretReader(ring::get, plain, warnings::add);
    }

    private SecretFile file(String name, byte[] content, String mode) throws IOException {
        Path file = Files.write(directory.resolve(name), content);
        return SecretFile.of(Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode)));
    }

    private SecretFile plain(String name) throws IOException {
        return file(name, (SECRET + "\nsecond line\n").getBytes(StandardCharsets.UTF_8), "rw-------");
    }

    private SecretFile sealed(String name, String mode) throws IOException {
        String text = Envelope.seal(key, name, (SECRET + "\n").getBytes(StandardCharsets.UTF_8), RANDOM);
        return file(name, text.getBytes(StandardCharsets.UTF_8), mode);
    }

    private Trouble trouble(SecretReader reader, SecretFile file) {
        SecretException refused =
                catchThrowableOfType(SecretException.class, () -> reader.read("some.password-file", file, 20));
        assertThat(refused).isNotNull();
        assertThat(refused.getMessage())
                .startsWith("some.password-file " + file.path())
                .doesNotContain(SECRET);
        return refused.trouble();
    }

    @Test
    void readsThePlainAndTheSealed() throws IOException {
        assertThat(reader(PlainSecrets.ALLOW).read("s", plain("a"), 20)).isEqualTo(SECRET);
        assertThat(reader(PlainSecrets.REFUSE).read("s", sealed("b", "rw-------"), 20))
                .isEqualTo(SECRET);
        assertThat(warnings).isEmpty();
    }

    @Test
    void aPlainFileIsToldOnceIfThatIsWanted() throws IOException {
        SecretReader reader = reader(PlainSecrets.WARN);
        SecretFile file = plain("a");

        reader.read("s", file, 20);
        reader.read("s", file, 20);
        reader.read("s", sealed("b", "rw-------"), 20);

        assertThat(warnings).singleElement().asString().startsWith("s " + file).doesNotContain(SECRET);
    }

    @Test
    void aPlainFileIsRefusedIfThatIsWanted() throws IOException {
        SecretFile file = plain("a");

        assertThat(trouble(reader(PlainSecrets.REFUSE), file)).isEqualTo(Trouble.PLAIN);
        assertThatThrownBy(() -> reader(PlainSecrets.REFUSE).read("s", file, 20))
                .hasMessageContaining("holdfast secret encrypt --in-place " + file);
    }

    @ParameterizedTest
    @CsvSource({
        "rw-------, true, true",
        "rw-r-----, true, true",
        "rw-r--r--, false, true",
        "rw-rw----, false, false",
        "rw-----w-, false, false",
        "rw-rw-rw-, false, false",
    })
    void whoMayReadOrChangeAFileDecides(String mode, boolean plainGood, boolean sealedGood) throws IOException {
        SecretReader reader = reader(PlainSecrets.ALLOW);
        SecretFile plain = file("a", SECRET.getBytes(StandardCharsets.UTF_8), mode);
        SecretFile sealed = sealed("b", mode);

        if (plainGood) {
            assertThat(reader.read("s", plain, 20)).isEqualTo(SECRET);
        } else {
            assertThat(trouble(reader, plain)).isEqualTo(Trouble.EXPOSED);
            assertThatThrownBy(() -> reader.read("s", plain, 20)).hasMessageContaining("chmod 600 " + plain);
        }
        if (sealedGood) {
            assertThat(reader.read("s", sealed, 20)).isEqualTo(SECRET);
        } else {
            assertThat(trouble(reader, sealed)).isEqualTo(Trouble.EXPOSED);
        }
    }

    /** Also where plain files are allowed, what is left of a sealed one must not be taken for a password. */
    @Test
    void aSealedFileThatWasDamagedIsNeverTakenForAPlainOne() throws IOException {
        SecretReader reader = reader(PlainSecrets.ALLOW);
        byte[] whole = Files.readAllBytes(sealed("a", "rw-------").path());

        for (int at = 0; at < whole.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] changed = whole.clone();
                changed[at] ^= (byte) (1 << bit);
                assertThat(trouble(reader, file("a", changed, "rw-------")))
                        .isIn(Trouble.DAMAGED, Trouble.KEY_MISSING, Trouble.UNSUITABLE);
            }
        }
        for (int length = "holdfast-s".length(); length < whole.length; length++) {
            assertThat(trouble(reader, file("a", java.util.Arrays.copyOf(whole, length), "rw-------")))
                    .isEqualTo(Trouble.DAMAGED);
        }
    }

    @Test
    void whatIsNoSecretIsNamed() throws IOException {
        SecretReader reader = reader(PlainSecrets.ALLOW);

        assertThat(trouble(reader, SecretFile.of(directory.resolve("none")))).isEqualTo(Trouble.MISSING);
        assertThat(trouble(reader, SecretFile.of(directory))).isIn(Trouble.UNREADABLE, Trouble.EXPOSED);
        assertThat(trouble(reader, file("a", new byte[0], "rw-------"))).isEqualTo(Trouble.UNSUITABLE);
        assertThat(trouble(reader, file("b", "\n".getBytes(StandardCharsets.UTF_8), "rw-------")))
                .isEqualTo(Trouble.UNSUITABLE);
        assertThat(trouble(reader, file("c", (SECRET + SECRET).getBytes(StandardCharsets.UTF_8), "rw-------")))
                .isEqualTo(Trouble.UNSUITABLE);
        assertThat(trouble(reader, file("d", new byte[] {(byte) 0xff, (byte) 0xfe}, "rw-------")))
                .isEqualTo(Trouble.UNSUITABLE);
        assertThat(trouble(reader, file("e", new byte[SecretReader.FILE_BYTES_MAX + 1], "rw-------")))
                .isEqualTo(Trouble.UNSUITABLE);
    }

    @Test
    void aSecretUnderAnothersNameIsRefused() throws IOException {
        SecretFile file = sealed("a", "rw-------");
        Path moved = Files.move(file.path(), directory.resolve("b"));

        assertThat(trouble(reader(PlainSecrets.ALLOW), SecretFile.of(moved))).isEqualTo(Trouble.MISPLACED);
    }

    @Test
    void aKeyThatCameLaterIsLookedForOnce() throws IOException {
        SecretReader reader = reader(PlainSecrets.REFUSE);
        assertThat(reader.read("s", sealed("a", "rw-------"), 20)).isEqualTo(SECRET);

        MasterKey next = MasterKey.random(RANDOM);
        String text = Envelope.seal(next, "a", SECRET.getBytes(StandardCharsets.UTF_8), RANDOM);
        SecretFile rotated = file("a", text.getBytes(StandardCharsets.UTF_8), "rw-------");
        assertThat(trouble(reader, rotated)).isEqualTo(Trouble.KEY_MISSING);

        ring.set(Keyring.of(List.of(next, key)));
        assertThat(reader.read("s", rotated, 20)).isEqualTo(SECRET);
    }

    @Test
    void aFileOfOurOwnIsSealedAsSoonAsThereIsAKey() throws IOException {
        SecretFile file = plain("own");
        ring.set(Keyring.empty());
        assertThat(reader(PlainSecrets.ALLOW).readOwn("s", file, 20)).isEqualTo(SECRET);
        assertThat(file.path()).content().contains(SECRET);

        ring.set(Keyring.of(List.of(key)));
        SecretReader reader = reader(PlainSecrets.REFUSE);

        assertThat(reader.readOwn("s", file, 20)).isEqualTo(SECRET);
        assertThat(file.path()).content().doesNotContain(SECRET);
        assertThat(reader.sealedWith("s", file)).isEqualTo(key.id());
    }

    @Test
    void whatIsWrittenIsSealedWithTheFirstKeyOrNotAtAllWherePlainIsRefused() {
        Path file = directory.resolve("new");
        byte[] content = SECRET.getBytes(StandardCharsets.UTF_8);

        assertThat(new String(reader(PlainSecrets.ALLOW).atRest(file, content), StandardCharsets.UTF_8))
                .startsWith("holdfast-secret v1 key=" + key.id() + " name=new\n")
                .doesNotContain(SECRET);
        ring.set(Keyring.empty());
        assertThat(reader(PlainSecrets.WARN).atRest(file, content)).isEqualTo(content);
        assertThatThrownBy(() -> reader(PlainSecrets.REFUSE).atRest(file, content))
                .hasMessageContaining("would not be encrypted");
    }
}
