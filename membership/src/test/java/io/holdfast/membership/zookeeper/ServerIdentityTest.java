package io.holdfast.membership.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.membership.TestPki;
import io.holdfast.secrets.TlsKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import org.apache.zookeeper.common.X509Exception;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stores are expensive to open, and connections many; what was renewed has to be taken up all the same. */
class ServerIdentityTest {

    @TempDir
    Path directory;

    @Test
    void storesAreOpenedOnceAndAgainWhenTheirFilesAreOthers() throws Exception {
        TlsKeys identity = TestPki.create(directory.resolve("first"));
        TlsKeys renewed = TestPki.create(directory.resolve("second"));
        ServerIdentity.become(identity);
        ServerIdentity server = new ServerIdentity();
        assertThat(server.getKeyManager()).isSameAs(server.getKeyManager());
        assertThat(server.getTrustManager()).isSameAs(server.getTrustManager());
        X509Certificate first = certificate(server);

        replace(renewed.trustStore(), identity.trustStore());
        replace(renewed.keyStore(), identity.keyStore());
        assertThat(certificate(server)).isNotEqualTo(first);
        assertThat(server.getTrustManager().getAcceptedIssuers()).containsExactly(certificate(server));
        assertThat(server.getKeyManager()).isSameAs(server.getKeyManager());
    }

    @Test
    void aStoreThatCannotBeReadRefusesEachConnectionUntilItCan() throws Exception {
        TlsKeys identity = TestPki.create(directory.resolve("first"));
        ServerIdentity.become(identity);
        ServerIdentity server = new ServerIdentity();
        byte[] good = Files.readAllBytes(identity.keyStore());
        Files.writeString(identity.keyStore(), "half of a key store");
        assertThatThrownBy(server::getKeyManager).isInstanceOf(X509Exception.KeyManagerException.class);
        assertThatThrownBy(server::getTrustManager).isInstanceOf(X509Exception.TrustManagerException.class);
        assertThatThrownBy(() -> ServerIdentity.become(identity))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(identity.keyStore().toString());
        Files.delete(identity.keyStore());
        assertThatThrownBy(server::getKeyManager).isInstanceOf(X509Exception.KeyManagerException.class);

        Files.write(identity.keyStore(), good);
        assertThat(server.getKeyManager()).isNotNull();
    }

    private static X509Certificate certificate(ServerIdentity server) throws Exception {
        String alias = server.getKeyManager().chooseServerAlias("EC", null, null);
        return server.getKeyManager().getCertificateChain(alias)[0];
    }

    private static void replace(Path with, Path there) throws IOException {
        Path beside = there.resolveSibling("renewed");
        Files.copy(with, beside);
        Files.move(beside, there, StandardCopyOption.ATOMIC_MOVE);
    }
}
