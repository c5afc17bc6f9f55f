package io.holdfast.server.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That a client which pins it gets through TLS is in {@code BmcSimulateTest}. */
final class SelfSignedTest {

    private static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");

    @Test
    void isItsOwnAuthorityForItsNamesForAYear() throws Exception {
        SelfSigned made =
                SelfSigned.of("bmc", List.of("localhost"), List.of("127.0.0.1", "::1"), InstantSource.fixed(NOON));

        X509Certificate certificate = made.certificate();
        certificate.verify(certificate.getPublicKey());
        assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=bmc");
        assertThat(certificate.getSubjectAlternativeNames().stream().map(name -> String.valueOf(name.get(1))))
                .containsExactly("bmc", "localhost", "127.0.0.1", "0:0:0:0:0:0:0:1");
        assertThat(certificate.getNotBefore().toInstant()).isEqualTo(NOON.minus(Duration.ofHours(1)));
        assertThat(certificate.getNotAfter().toInstant()).isEqualTo(NOON.plus(Duration.ofDays(365)));
    }

    @Test
    void anotherOneIsMadeEachTime() {
        InstantSource clock = InstantSource.fixed(NOON);
        assertThat(SelfSigned.of("bmc", List.of(), List.of(), clock).certificate())
                .isNotEqualTo(SelfSigned.of("bmc", List.of(), List.of(), clock).certificate());
    }

    @Test
    void whatIsNoNameOrAddressIsRefused() {
        InstantSource clock = InstantSource.fixed(NOON);
        assertThatThrownBy(() -> SelfSigned.of("bmc", List.of("no name"), List.of(), clock))
                .isInstanceOf(PkiException.class)
                .hasMessage("'no name' is not a DNS name");
        assertThatThrownBy(() -> SelfSigned.of("bmc", List.of(), List.of("fe80::1%eth0"), clock))
                .isInstanceOf(PkiException.class)
                .hasMessage("'fe80::1%eth0' is not an IP address");
    }
}
