package io.holdfast.membership;

import io.holdfast.model.TlsFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;

/** Reads the password of the key and trust store. */
public final class TlsSecret {

    private TlsSecret() {}

    /** The first line of the password file, as both libraries below want it in memory. Never logged. */
    public static String password(TlsFiles tls) {
        try (var lines = Files.lines(tls.passwordFile())) {
            return lines.findFirst()
                    .orElseThrow(() -> new IllegalStateException("the password file " + tls.passwordFile()
                            + " is empty; make certificates with 'holdfast pki'"));
        } catch (IOException | UncheckedIOException unreadable) {
            throw new IllegalStateException(
                    "cannot read the password file " + tls.passwordFile() + "; make certificates with 'holdfast pki'",
                    unreadable);
        }
    }
}
