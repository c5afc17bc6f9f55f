package io.holdfast.server.cli;

import io.holdfast.model.SecretFile;
import io.holdfast.secrets.Keyring;
import io.holdfast.secrets.PlainSecrets;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.WholeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Files on which an operator works with the keys at hand; each is whole at every moment. */
final class SealedFiles {

    private static final String FILE = "the file";

    private final Keyring keys;
    private final SecretReader reader;

    SealedFiles(Keyring keys) {
        this.keys = keys;
        this.reader = new SecretReader(() -> keys, PlainSecrets.ALLOW, _ -> {});
    }

    /** The key that encrypts. */
    String firstId() {
        return keys.ids().getFirst();
    }

    byte[] seal(Path file, byte[] content) {
        return reader.atRest(file, content);
    }

    byte[] open(Path file) {
        return reader.content(FILE, SecretFile.of(file));
    }

    /** Encrypts what a plain file holds; says what was done. */
    String encrypt(Path file) {
        String with = sealedWith(file);
        if (with != null) {
            return "is encrypted already, with key " + with;
        }
        replace(file, open(file));
        return "is encrypted now, with key " + firstId();
    }

    /** Encrypts anew what is sealed with another key than the first; says what was done. */
    String rotate(Path file) {
        String with = sealedWith(file);
        if (with == null) {
            return "is plain and stays so; 'holdfast secret encrypt --in-place' encrypts it";
        }
        byte[] content = open(file);
        if (with.equals(firstId())) {
            return "is encrypted with key " + with + " already";
        }
        replace(file, content);
        return "is encrypted with key " + firstId() + " now, before with " + with;
    }

    private @Nullable String sealedWith(Path file) {
        return reader.sealedWith(FILE, SecretFile.of(file));
    }

    private void replace(Path file, byte[] content) {
        try {
            WholeFile.replace(file, seal(file, content));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file + "; it is as it was", e);
        }
    }
}
