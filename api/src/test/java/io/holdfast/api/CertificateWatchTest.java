package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.audit.AuditBook;
import io.holdfast.api.audit.AuditTrail;
import io.holdfast.api.audit.Ended;
import io.holdfast.api.audit.FakeAuditBook;
import io.holdfast.model.SecretFile;
import io.holdfast.model.TlsFiles;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.TlsKeys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Look by look, with a clock that is moved and a server that fails when it is told to. */
final class CertificateWatchTest {

    private static final String PASSWORD = "password-of-the-test";

    @TempDir
    Path directory;

    private final FakeAuditBook book = new FakeAuditBook();
    private final AuditTrail trail = new AuditTrail(book, AuditSettings.defaults(), Instant::now);
    private final List<String> shown = new ArrayList<>();
    private @Nullable Exception failure;
    private Duration later = Duration.ZERO;
    private CertificateWatch watch;

    @BeforeEach
    void start() throws Exception {
        trail.start();
        Files.writeString(directory.resolve("password"), PASSWORD + "\n");
        Files.setPosixFilePermissions(directory.resolve("password"), PosixFilePermissions.fromString("rw-------"));
        make("first", "-validity 10");
        TlsFiles files = new TlsFiles(
                directory.resolve("api.p12"),
                directory.resolve("api.p12"),
                SecretFile.of(directory.resolve("password")));
        ServerCertificate certificate =
                new ServerCertificate(new TlsKeys("api.tls", files, SecretReader.ofCommand(Map.of())));
        watch = new CertificateWatch(
                certificate,
                CertificateWatch.first(certificate),
                this::show,
                new Audited(trail, MonitorSettings.defaults(), "c", Instant::now),
                directory.resolve("api.p12"),
                () -> Instant.now().plus(later),
                () -> later.toNanos());
    }

    @AfterEach
    void close() {
        trail.close();
    }

    private boolean show(ServerCertificate.Shown next) throws ExecutionException {
        switch (failure) {
            case null -> {}
            case RuntimeException unforeseen -> throw unforeseen;
            case Exception known -> throw new ExecutionException(known);
        }
        shown.add(next.subject());
        return true;
    }

    /** A key store with a certificate of that name, put in its place at once. */
    private void make(String name, String validity) throws Exception {
        Path made = directory.resolve(name + ".p12");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                made.toString()));
        command.addAll(List.of(validity.split(" ")));
        run(command);
        Files.move(made, directory.resolve("api.p12"), StandardCopyOption.ATOMIC_MOVE);
    }

    private void look(Duration after) throws Exception {
        later = later.plus(after);
        watch.once();
    }

    /** A file is looked at twice before it is taken for whole. */
    private void settle() throws Exception {
        look(CertificateWatch.LOOK);
        look(CertificateWatch.LOOK);
    }

    private List<Integer> told() {
        return book.list(AuditBook.Filter.ALL, 100).reversed().stream()
                .map(line -> line.ended())
                .map(Ended::status)
                .toList();
    }

    @Test
    void whatFailedIsTriedAgainEachMinuteThoughTheFilesAreTheSameAndToldOnce() throws Exception {
        make("second", "-validity 10");
        failure = new IllegalArgumentException("the server is busy");
        settle();
        assertThat(told()).containsExactly(500);
        assertThat(watch.state()).isEqualTo("not renewed");
        // The same reason, several minutes: nothing more is told.
        for (int i = 0; i < 3; i++) {
            look(CertificateWatch.RETRY);
        }
        assertThat(told()).containsExactly(500);
        // Another reason is another word.
        failure = new java.io.IOException("the disk is full");
        look(CertificateWatch.RETRY);
        assertThat(told()).containsExactly(500, 500);
        failure = null;
        look(Duration.ofSeconds(5));
        assertThat(shown).as("not before its minute").isEmpty();
        look(CertificateWatch.RETRY);
        assertThat(shown).containsExactly("CN=second");
        assertThat(told()).containsExactly(500, 500, 200);
        assertThat(watch.state()).isEqualTo("up");
        look(CertificateWatch.RETRY);
        assertThat(shown).hasSize(1);
    }

    @Test
    void whatNobodyForesawEndsNoWatching() throws Exception {
        failure = new NullPointerException();
        make("second", "-validity 10");
        settle();
        // The trail is away, too.
        book.away(true);
        failure = new ArithmeticException("another");
        look(CertificateWatch.RETRY);
        book.away(false);
        failure = null;
        look(CertificateWatch.RETRY);
        assertThat(shown).containsExactly("CN=second");
    }

    @Test
    void anotherFileThatFailsForTheSameReasonIsToldAgain() throws Exception {
        for (int i = 1; i <= 2; i++) {
            Path beside = Files.writeString(directory.resolve("beside"), "no key store " + "x".repeat(i));
            Files.move(beside, directory.resolve("api.p12"), StandardCopyOption.REPLACE_EXISTING);
            settle();
            assertThat(told()).hasSize(i);
        }
    }

    @Test
    void oneThatIsNotGoodTodayTakesNoOtherPlace() throws Exception {
        make("late", "-startdate -3d -validity 1");
        settle();
        make("early", "-startdate +3d -validity 9");
        settle();
        assertThat(shown).isEmpty();
        assertThat(book.list(AuditBook.Filter.ALL, 10).reversed())
                .extracting(line -> String.valueOf(line.ended().fault()))
                .satisfiesExactly(
                        late -> assertThat(late).contains("NotAfter"),
                        early -> assertThat(early).contains("NotBefore"));
        // It becomes good by itself, and is shown then.
        look(Duration.ofDays(4));
        assertThat(shown).containsExactly("CN=early");
        // And in the end it is not good any more.
        look(Duration.ofDays(20));
        assertThat(watch.state()).isEqualTo("out of date");
    }

    private static void run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
    }
}
