package io.holdfast.secrets;

import io.holdfast.model.TlsFiles;
import java.nio.file.Path;

/** Who a process is towards others, and whom it trusts: the key stores, and how their password is had. Any thread may call. */
public final class TlsKeys {

    private static final int PASSWORD_BYTES_MAX = 1024;

    private final String setting;
    private final TlsFiles files;
    private final SecretReader secrets;

    /** @param setting the group of settings that names the files, for messages */
    public TlsKeys(String setting, TlsFiles files, SecretReader secrets) {
        this.setting = setting;
        this.files = files;
        this.secrets = secrets;
    }

    /** PKCS #12 file with the certificate chain and the private key. */
    public Path keyStore() {
        return files.keyStore();
    }

    /** PKCS #12 file with the certificate authority's certificate. */
    public Path trustStore() {
        return files.trustStore();
    }

    /** To see when it was changed; only {@link #password} opens it. */
    public Path passwordFile() {
        return files.passwordFile().path();
    }

    /**
     * The password of both, read anew at each call.
     *
     * @throws SecretException when it cannot be had
     */
    public String password() {
        return secrets.read(setting + ".password-file", files.passwordFile(), PASSWORD_BYTES_MAX);
    }

    @Override
    public String toString() {
        return files.toString();
    }
}
