package io.holdfast.compute.grpc;

import io.holdfast.model.SecretFile;
import io.holdfast.model.TlsFiles;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.TlsKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A certificate authority made with the JDK's keytool. */
final class TestPki {

    private static final String PASSWORD = "secret-for-tests";

    private final Path directory;

    TestPki(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        Files.writeString(directory.resolve("password"), PASSWORD + "\n");
        Files.setPosixFilePermissions(directory.resolve("password"), PosixFilePermissions.fromString("rw-------"));
        keytool(
                "-genkeypair",
                "-alias",
                "ca",
                "-keyalg",
                "EC",
                "-dname",
                "CN=test authority",
                "-ext",
                "bc:c=ca:true",
                "-validity",
                "2",
                "-keystore",
                "ca.p12");
        keytool("-exportcert", "-alias", "ca", "-keystore", "ca.p12", "-file", "ca.crt");
        keytool("-importcert", "-noprompt", "-alias", "ca", "-file", "ca.crt", "-keystore", "trust.p12");
    }

    TlsKeys issue(String name, String subject, String... san) throws IOException {
        String store = name + ".p12";
        keytool(
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-dname",
                subject,
                "-validity",
                "2",
                "-keystore",
                store);
        keytool("-certreq", "-alias", name, "-keystore", store, "-file", name + ".csr");
        List<String> sign = new ArrayList<>(List.of(
                "-gencert",
                "-alias",
                "ca",
                "-keystore",
                "ca.p12",
                "-infile",
                name + ".csr",
                "-outfile",
                name + ".crt",
                "-validity",
                "2"));
        if (san.length > 0) {
            sign.addAll(List.of("-ext", "san=" + String.join(",", san)));
        }
        keytool(sign.toArray(String[]::new));
        keytool("-importcert", "-noprompt", "-alias", "ca", "-file", "ca.crt", "-keystore", store);
        keytool("-importcert", "-noprompt", "-alias", name, "-file", name + ".crt", "-keystore", store);
        return new TlsKeys(
                "tls",
                new TlsFiles(
                        directory.resolve(store),
                        directory.resolve("trust.p12"),
                        SecretFile.of(directory.resolve("password"))),
                SecretReader.ofCommand(Map.of()));
    }

    /** Another authority's certificate, shown to peers that this authority's trust store would convince. */
    TlsKeys trusting(TlsKeys other) {
        return new TlsKeys(
                "tls",
                new TlsFiles(
                        other.keyStore(), directory.resolve("trust.p12"), SecretFile.of(directory.resolve("password"))),
                SecretReader.ofCommand(Map.of()));
    }

    private void keytool(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storepass", PASSWORD, "-storetype", "PKCS12"));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        try {
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("keytool failed: " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
