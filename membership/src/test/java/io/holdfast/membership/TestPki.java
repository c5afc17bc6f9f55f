package io.holdfast.membership;

import io.holdfast.model.SecretFile;
import io.holdfast.model.TlsFiles;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.TlsKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An authority and one identity, made with the JDK's keytool. */
public final class TestPki {

    private static final String PASSWORD = "membership-test";

    private static @Nullable TlsKeys shared;

    private TestPki() {}

    /** One identity that trusts itself and nobody else: enough for processes that share it. It is that of the host h1. */
    public static TlsKeys create(Path directory) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        Path keys = directory.resolve("identity.p12");
        Path trust = directory.resolve("trust.p12");
        Path certificate = directory.resolve("certificate.pem");
        Path password = directory.resolve("password");
        Files.writeString(password, PASSWORD + "\n");
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
        keytool(
                "-genkeypair",
                "-alias",
                "self",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=test",
                "-validity",
                "30",
                "-ext",
                "bc:c",
                "-ext",
                "san=dns:h1",
                "-keystore",
                keys.toString());
        keytool("-exportcert", "-rfc", "-alias", "self", "-keystore", keys.toString(), "-file", certificate.toString());
        keytool(
                "-importcert",
                "-noprompt",
                "-alias",
                "ca",
                "-file",
                certificate.toString(),
                "-keystore",
                trust.toString());
        return at(directory);
    }

    /** What {@link #create} has left there. */
    public static TlsKeys at(Path directory) {
        return new TlsKeys(
                "tls",
                new TlsFiles(
                        directory.resolve("identity.p12"),
                        directory.resolve("trust.p12"),
                        SecretFile.of(directory.resolve("password"))),
                SecretReader.ofCommand(Map.of()));
    }

    /** One for all tests of this process: ZooKeeper's server keeps the first identity of a process for good. */
    public static synchronized TlsKeys shared() throws IOException, InterruptedException {
        TlsKeys made = shared;
        if (made == null) {
            Path target = Files.createDirectories(Path.of("target"));
            made = create(Files.createTempDirectory(target, "identity-").toAbsolutePath());
            shared = made;
        }
        return made;
    }

    private static void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException("keytool failed: " + output);
        }
    }
}
