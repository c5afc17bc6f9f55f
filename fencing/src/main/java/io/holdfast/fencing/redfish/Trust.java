package io.holdfast.fencing.redfish;

import io.holdfast.fencing.FencingException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HexFormat;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Who may answer as the device. There is no third way beside the two: a management controller that nobody checked may be anybody
 * on its network, and "off" from anybody starts instances twice.
 */
public final class Trust {

    private final SSLContext context;

    private Trust(TrustManager[] managers) {
        try {
            this.context = SSLContext.getInstance("TLS");
            this.context.init(null, managers, null);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no TLS", e);
        }
    }

    /**
     * Whoever shows this certificate and has its key; the names and dates in it do not matter.
     *
     * @param sha256 of the certificate in DER form, 64 hexadecimal digits in lower case
     */
    public static Trust certificate(String sha256) {
        return new Trust(new TrustManager[] {new Pin(HexFormat.of().parseHex(sha256))});
    }

    /**
     * Whoever shows a certificate for the address that one of these authorities has signed.
     *
     * @param key the setting that names the file, for messages
     * @param pem one or more certificates
     * @throws FencingException naming the setting and the file, when there is no certificate in it
     */
    public static Trust authorities(String key, Path pem) {
        try (InputStream in = Files.newInputStream(pem)) {
            Collection<? extends Certificate> authorities =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (authorities.isEmpty()) {
                throw new FencingException(key + " " + pem + " holds no certificate");
            }
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (Certificate authority : authorities) {
                store.setCertificateEntry("ca-" + store.size(), authority);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return new Trust(factory.getTrustManagers());
        } catch (NoSuchFileException e) {
            throw new FencingException(key + " " + pem + " does not exist", e);
        } catch (IOException | GeneralSecurityException e) {
            throw new FencingException(key + " " + pem + " cannot be read: " + e.getMessage(), e);
        }
    }

    SSLContext context() {
        return context;
    }

    /** The SHA-256 of a certificate, as {@link #certificate} wants it. */
    public static String fingerprint(X509Certificate certificate) {
        return HexFormat.of().formatHex(digest(certificate));
    }

    private static byte[] digest(X509Certificate certificate) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
        } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
            throw new IllegalStateException("cannot digest a certificate", e);
        }
    }

    /** The certificate is another one than the settings name. */
    static final class OtherCertificate extends CertificateException {

        private static final long serialVersionUID = 1L;

        OtherCertificate(String shown) {
            super("the device shows a certificate with SHA-256 " + shown
                    + ", not the one that certificate-sha256 names");
        }
    }

    /**
     * Extended, because the JDK would add its own check of the name to a plain trust manager, and a controller's certificate
     * rarely has the right one.
     */
    private static final class Pin extends X509ExtendedTrustManager {

        private final byte[] pinned;

        Pin(byte[] pinned) {
            this.pinned = pinned;
        }

        private void check(X509Certificate[] chain) throws CertificateException {
            byte[] shown = digest(chain[0]);
            if (!MessageDigest.isEqual(pinned, shown)) {
                throw new OtherCertificate(HexFormat.of().formatHex(shown));
            }
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            throw new CertificateException("nobody logs in here");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            throw new CertificateException("nobody logs in here");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("nobody logs in here");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
