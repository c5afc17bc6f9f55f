package io.holdfast.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.secrets.SecretException.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where keys come from, in which order, and who may have had a look at them. */
final class KeySourcesTest {

    private static final SecureRandom RANDOM = new SecureRandom();

    private final MasterKey first = MasterKey.random(RANDOM);
    private final MasterKey second = MasterKey.random(RANDOM);
    private final MasterKey third = MasterKey.random(RANDOM);

    @TempDir
    private Path directory;

    private Path file(String name, String text) throws IOException {
        Path file = Files.writeString(directory.resolve(name), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void theSettingsComeFirstThenTheFileOfTheEnvironmentThenItsKeys() throws IOException {
        Path settings = file("a", "# made on a Monday\n\n" + first.text() + "\n" + second.text() + "\n");
        Path named = file("b", third.text() + "\n" + first.text());
        MasterKey fourth = MasterKey.random(RANDOM);

        Keyring all = KeySources.load(
                List.of(settings),
                Map.of(
                        KeySources.FILE_VARIABLE,
                        named.toString(),
                        KeySources.KEYS_VARIABLE,
                        second.text() + " " + fourth.text()));

        assertThat(all.ids()).containsExactly(first.id(), second.id(), third.id(), fourth.id());
        assertThat(all.first().orElseThrow().id()).isEqualTo(first.id());
    }

    @Test
    void withoutAnySourceThereIsNoKeyAndThatIsNoError() {
        assertThat(KeySources.load(List.of(), Map.of(KeySources.FILE_VARIABLE, " "))
                        .isEmpty())
                .isTrue();
    }

    @Test
    void aMissingFileSaysHowToMakeOne() {
        Path missing = directory.resolve("none");

        assertThatThrownBy(() -> KeySources.load(List.of(), Map.of(KeySources.FILE_VARIABLE, missing.toString())))
                .hasMessage("the key file " + missing + " does not exist; make one with: holdfast secret keygen "
                        + missing);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "# only words\n", "s3cret-words\n", "holdfast-key-v1:c2hvcnQ=\n", "holdfast-key-v1:%%%\n"})
    void whatIsNoKeyIsRefusedAndNotRepeated(String text) throws IOException {
        Path file = file("k", text);

        SecretException refused = catchThrowableOfType(SecretException.class, () -> KeySources.file(file));

        assertThat(refused.trouble()).isEqualTo(Trouble.UNSUITABLE);
        assertThat(refused.getMessage())
                .doesNotContain("s3cret")
                .doesNotContain("c2hvcnQ")
                .doesNotContain("%%%");
        assertThat(refused.getCause()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "0,        rw-------, 4711, true",
        "0,        rw-r-----, 4711, true",
        "0,        r--r-----, 0,    true",
        "0,        rw-r--r--, 4711, false",
        "0,        rw-rw----, 4711, false",
        "4711,     rw-------, 4711, true",
        "4711,     r--------, 4711, true",
        "4711,     rw-r-----, 4711, false",
        "4711,     rw----r--, 4711, false",
        "4711,     rw-------, 4712, false",
        "4711,     rw-------, 0,    false",
    })
    void onlyItsOwnerMayReadAKeyAndTheGroupWhatRootHandsOut(int owner, String mode, int own, boolean good)
            throws IOException {
        org.junit.jupiter.api.Assumptions.assumeTrue(Account.own() == 0, "only root may give files away");
        Path file = file("k", first.text());
        Files.setAttribute(file, "unix:uid", owner);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));

        if (good) {
            assertThatCode(() -> KeySources.requirePrivate("the key", file, own))
                    .doesNotThrowAnyException();
        } else {
            assertThatThrownBy(() -> KeySources.requirePrivate("the key", file, own))
                    .isInstanceOf(SecretException.class)
                    .hasMessageContaining(owner != own && owner != 0 ? "chown " + own : "chmod 600 " + file);
        }
    }

    @Test
    void aKeyThatOthersMayReadIsRefusedWhoeverRuns() throws IOException {
        Path file = file("k", first.text());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        assertThatThrownBy(() -> KeySources.file(file)).hasMessageContaining("chmod 600 " + file);
    }
}
