package io.holdfast.server.pki;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;

/**
 * A key and a certificate that it has signed itself, in memory alone: what a management controller shows as it comes from the factory.
 * Whoever trusts it pins it.
 *
 * @param certificate valid for a year
 * @param identity key and certificate, for a TLS server
 */
public record SelfSigned(X509Certificate certificate, SSLContext identity) {

    private static final Duration LIFETIME = Duration.ofDays(365);

    /**
     * @param name the common name, and the first DNS name
     * @param dnsNames further host names it is reached by
     * @param addresses IP addresses it is reached by, in their usual notation
     * @throws PkiException if anything is malformed
     */
    public static SelfSigned of(String name, List<String> dnsNames, List<String> addresses, InstantSource clock) {
        try {
            SecureRandom random = new SecureRandom();
            KeyPair keys = CertificateAuthority.newKeys(random);
            X500Name subject = new X500NameBuilder(BCStyle.INSTANCE)
                    .addRDN(BCStyle.CN, name)
                    .build();
            Instant now = clock.instant();
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    subject,
                    CertificateAuthority.newSerial(random),
                    Date.from(now.minus(CertificateAuthority.CLOCK_TOLERANCE)),
                    Date.from(now.plus(LIFETIME)),
                    subject,
                    keys.getPublic());
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(
                    Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    CertificateAuthority.alternatives(name, dnsNames, addresses));
            X509Certificate certificate = CertificateAuthority.sign(builder, keys.getPrivate());
            return new SelfSigned(certificate, context(keys, certificate, random));
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new PkiException("cannot make a certificate for " + name + ": " + e, e);
        }
    }

    private static SSLContext context(KeyPair keys, X509Certificate certificate, SecureRandom random)
            throws IOException, GeneralSecurityException {
        // The store never leaves this process, and wants a password all the same.
        char[] password = "unused".toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("self", keys.getPrivate(), password, new Certificate[] {certificate});
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, random);
        return context;
    }
}
