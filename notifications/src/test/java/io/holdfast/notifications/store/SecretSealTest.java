package io.holdfast.notifications.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.secrets.SecretReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretSealTest {

    private final UUID webhook = UUID.randomUUID();

    @TempDir
    private Path directory;

    @Test
    void opensWhatItSealedAlsoAfterARestart() {
        Path file = directory.resolve("webhook.key");
        byte[] sealed =
                SecretSeal.open(file, false, SecretReader.ofCommand(Map.of())).seal(webhook, "geheim geheim geheim");
        assertThat(SecretSeal.open(file, true, SecretReader.ofCommand(Map.of())).unseal(webhook, sealed))
                .isEqualTo("geheim geheim geheim");
        assertThat(directory).isDirectoryNotContaining(path -> !path.equals(file));
    }

    @Test
    void theKeyFileIsReadableByItsOwnerOnly() throws Exception {
        Path file = directory.resolve("webhook.key");
        SecretSeal.open(file, false, SecretReader.ofCommand(Map.of()));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> SecretSeal.open(file, false, SecretReader.ofCommand(Map.of())))
                .hasMessageContaining("chmod 600");
    }

    @Test
    void aMissingKeyIsAnErrorOnceSomethingIsSealed() {
        assertThatThrownBy(
                        () -> SecretSeal.open(directory.resolve("webhook.key"), true, SecretReader.ofCommand(Map.of())))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is missing")
                .hasMessageContaining("restore");
    }

    @Test
    void aWrongKeyAndAChangedRowAreToldApart() {
        SecretSeal right = SecretSeal.open(directory.resolve("a"), false, SecretReader.ofCommand(Map.of()));
        SecretSeal wrong = SecretSeal.open(directory.resolve("b"), false, SecretReader.ofCommand(Map.of()));
        byte[] sealed = right.seal(webhook, "geheim geheim geheim");
        assertThatThrownBy(() -> wrong.unseal(webhook, sealed)).hasMessageContaining("was encrypted with key");
        sealed[sealed.length - 1] ^= 1;
        assertThatThrownBy(() -> right.unseal(webhook, sealed)).hasMessageContaining("was changed");
        byte[] other = right.seal(UUID.randomUUID(), "geheim geheim geheim");
        assertThatThrownBy(() -> right.unseal(webhook, other)).hasMessageContaining("was changed");
        assertThatThrownBy(() -> right.unseal(webhook, new byte[3])).hasMessageContaining("damaged");
    }

    @Test
    void aDamagedKeyFileIsRefused() throws Exception {
        Path file = directory.resolve("webhook.key");
        SecretSeal.open(file, false, SecretReader.ofCommand(Map.of()));
        Files.writeString(file, "short");
        assertThatThrownBy(() -> SecretSeal.open(file, false, SecretReader.ofCommand(Map.of())))
                .hasMessageContaining("restore it from a backup");
        Files.writeString(file, "%%%%");
        assertThatThrownBy(() -> SecretSeal.open(file, false, SecretReader.ofCommand(Map.of())))
                .hasMessageContaining("restore it from a backup");
    }
}
