package io.holdfast.server.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.TlsFiles;
import io.holdfast.secrets.SecretReader;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CertificateAuthorityTest {

    private static final InstantSource NOW = InstantSource.fixed(Instant.parse("2026-11-20T12:00:00Z"));

    @TempDir
    Path directory;

    @Test
    void twoIdentitiesOfOneAuthorityTrustEachOtherByNameAndAddress() throws Exception {
        CertificateAuthority authority =
                CertificateAuthority.create(directory.resolve("pki"), "test", InstantSource.system());
        TlsFiles server = authority.issue("h1", Role.AGENT, List.of("localhost"), List.of("127.0.0.1", "::1"));
        TlsFiles client = authority.issue("c1", Role.CONTROLLER, List.of(), List.of());

        X509Certificate peer = handshake(server, client);

        assertThat(CertificateAuthority.roles(peer)).containsExactly("controller");
    }

    @Test
    void anIdentityOfAnotherAuthorityIsRefused() {
        TlsFiles server = CertificateAuthority.create(directory.resolve("one"), "one", InstantSource.system())
                .issue("h1", Role.AGENT, List.of(), List.of("127.0.0.1"));
        TlsFiles stranger = CertificateAuthority.create(directory.resolve("two"), "two", InstantSource.system())
                .issue("c1", Role.CONTROLLER, List.of(), List.of());

        assertThatThrownBy(() -> handshake(server, stranger)).isInstanceOf(SSLException.class);
    }

    @Test
    void everythingIsReadableByItsOwnerOnly() throws Exception {
        CertificateAuthority authority = CertificateAuthority.create(directory.resolve("pki"), "test", NOW);
        authority.issue("h1", Role.AGENT, List.of(), List.of());

        try (Stream<Path> all = Files.walk(directory.resolve("pki"))) {
            assertThat(all.toList())
                    .hasSize(10)
                    .allSatisfy(path -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                            .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------"));
        }
    }

    @Test
    void overwritesNothing() throws Exception {
        CertificateAuthority authority = CertificateAuthority.create(directory, "test", NOW);
        TlsFiles files = authority.issue("h1", Role.AGENT, List.of(), List.of());
        byte[] before = Files.readAllBytes(files.keyStore());

        assertThatThrownBy(() -> CertificateAuthority.create(directory, "again", NOW))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("already");
        assertThatThrownBy(() -> authority.issue("h1", Role.AGENT, List.of(), List.of()))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("not overwritten");
        assertThat(Files.readAllBytes(files.keyStore())).isEqualTo(before);
    }

    @Test
    void continuesAfterDyingInTheMiddleOfAnIssue() throws Exception {
        CertificateAuthority authority = CertificateAuthority.create(directory, "test", NOW);
        Path halfMade = Files.createDirectories(directory.resolve(".h1.making"));
        Files.writeString(halfMade.resolve("password"), "left behind");

        authority.issue("h1", Role.AGENT, List.of(), List.of());

        assertThat(halfMade).doesNotExist();
        assertThat(authority.certificates()).hasSize(2);
    }

    @Test
    void anOpenedAuthorityIssuesLikeTheOneThatWasMade() throws Exception {
        CertificateAuthority.create(directory, "test", NOW);
        CertificateAuthority opened = CertificateAuthority.open(directory, SecretReader.ofCommand(Map.of()), NOW);
        opened.issue("h1", Role.OPERATOR, List.of("a.example"), List.of("192.0.2.1"));

        X509Certificate leaf = opened.certificates().get(1);
        leaf.verify(opened.certificates().getFirst().getPublicKey());
        assertThat(leaf.getSubjectAlternativeNames())
                .extracting(name -> String.valueOf(name.get(1)))
                .containsExactly("h1", "a.example", "192.0.2.1");
        assertThat(leaf.getNotAfter().toInstant()).isEqualTo(NOW.instant().plus(Duration.ofDays(365)));
        assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
        assertThat(leaf.getExtendedKeyUsage()).hasSize(2);
    }

    @Test
    void aLeafNeverOutlivesItsAuthorityAndAnExpiredAuthorityIssuesNothing() {
        CertificateAuthority.create(directory, "test", NOW);
        InstantSource nearTheEnd = InstantSource.fixed(NOW.instant().plus(Duration.ofDays(3600)));
        CertificateAuthority old = CertificateAuthority.open(directory, SecretReader.ofCommand(Map.of()), nearTheEnd);
        old.issue("h1", Role.AGENT, List.of(), List.of());
        assertThat(old.certificates().get(1).getNotAfter())
                .isEqualTo(old.certificates().getFirst().getNotAfter());

        InstantSource after = InstantSource.fixed(NOW.instant().plus(Duration.ofDays(3700)));
        assertThatThrownBy(() -> CertificateAuthority.open(directory, SecretReader.ofCommand(Map.of()), after)
                        .issue("h2", Role.AGENT, List.of(), List.of()))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("expired");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", "../x", "a/b", "-a", "a-", "ca.pem", "a b", "ä"})
    void refusesNamesThatAreNoNames(String name) {
        CertificateAuthority authority = CertificateAuthority.create(directory, "test", NOW);
        assertThatThrownBy(() -> authority.issue(name, Role.AGENT, List.of(), List.of()))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("cannot be the name");
    }

    @Test
    void refusesAddressesAndHostNamesThatAreNone() {
        CertificateAuthority authority = CertificateAuthority.create(directory, "test", NOW);
        for (String wrong : List.of("999.1.1.1", "host.example", "1.2.3", ":::")) {
            assertThatThrownBy(() -> authority.issue("h1", Role.AGENT, List.of(), List.of(wrong)))
                    .as(wrong)
                    .isInstanceOf(PkiException.class)
                    .hasMessageContaining("is not an IP address");
        }
        assertThatThrownBy(() -> authority.issue("h1", Role.AGENT, List.of("a b"), List.of()))
                .hasMessageContaining("is not a DNS name");
    }

    @Test
    void saysHowToMakeAnAuthorityWhereThereIsNone() {
        assertThatThrownBy(() -> CertificateAuthority.open(directory, SecretReader.ofCommand(Map.of()), NOW))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("holdfast pki init");
    }

    private static X509Certificate handshake(TlsFiles serverFiles, TlsFiles clientFiles) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                SSLServerSocket listening = (SSLServerSocket) context(serverFiles)
                        .getServerSocketFactory()
                        .createServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            listening.setNeedClientAuth(true);
            listening.setSoTimeout(10_000);
            Future<X509Certificate> seen = threads.submit(() -> {
                try (SSLSocket accepted = (SSLSocket) listening.accept()) {
                    accepted.setSoTimeout(10_000);
                    accepted.startHandshake();
                    accepted.getOutputStream().write(1);
                    return (X509Certificate) accepted.getSession().getPeerCertificates()[0];
                }
            });
            try (SSLSocket socket = (SSLSocket)
                    context(clientFiles).getSocketFactory().createSocket("127.0.0.1", listening.getLocalPort())) {
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                socket.setSSLParameters(parameters);
                socket.setSoTimeout(10_000);
                socket.startHandshake();
                // With TLS 1.3 the client learns with its first read that its certificate was refused.
                assertThat(socket.getInputStream().read()).isEqualTo(1);
            }
            return seen.get();
        }
    }

    private static SSLContext context(TlsFiles files) throws Exception {
        char[] password = Files.readString(files.passwordFile().path(), StandardCharsets.US_ASCII)
                .strip()
                .toCharArray();
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(load(files.keyStore(), password), password);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(load(files.trustStore(), password));
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static KeyStore load(Path file, char[] password) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, password);
        }
        return store;
    }
}
