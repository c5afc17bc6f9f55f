package io.holdfast.fencing.redfish;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A key and a certificate that it signed itself, as management controllers have them. */
record BmcCertificate(SSLContext identity, X509Certificate certificate) {

    private static final char[] PASSWORD = "changeit".toCharArray();

    /** @param names what the certificate is for, for example {@code ip:127.0.0.1} */
    static BmcCertificate forName(String names) {
        try {
            Path store = Files.createTempDirectory("bmc-certificate").resolve("key.p12");
            Process keytool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-alias",
                            "bmc",
                            "-keyalg",
                            "EC",
                            "-groupname",
                            "secp256r1",
                            "-dname",
                            "CN=bmc",
                            "-ext",
                            "san=" + names,
                            "-validity",
                            "3650",
                            "-keystore",
                            store.toString(),
                            "-storetype",
                            "PKCS12",
                            "-storepass",
                            new String(PASSWORD))
                    .redirectErrorStream(true)
                    .redirectOutput(store.resolveSibling("keytool.log").toFile())
                    .start();
            if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
                keytool.destroyForcibly();
                throw new IllegalStateException(
                        "keytool failed: " + Files.readString(store.resolveSibling("keytool.log")));
            }
            return read(store);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("no certificate", e);
        }
    }

    private static BmcCertificate read(Path file) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return new BmcCertificate(context, (X509Certificate) store.getCertificate("bmc"));
    }

    String fingerprint() {
        return Trust.fingerprint(certificate);
    }

    /** The certificate as a file that a client can be told to believe. */
    Path pem(Path directory) {
        try {
            String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded());
            return Files.writeString(
                    directory.resolve("bmc-" + fingerprint().substring(0, 8) + ".pem"),
                    "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n");
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("cannot write a certificate", e);
        }
    }
}
