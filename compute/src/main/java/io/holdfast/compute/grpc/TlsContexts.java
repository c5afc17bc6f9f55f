package io.holdfast.compute.grpc;

import io.grpc.netty.GrpcSslContexts;
import io.holdfast.secrets.SecretException;
import io.holdfast.secrets.TlsKeys;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;

/** Both ends' TLS from the same kind of files. Reads them anew at each call, so that renewed ones are taken up. */
final class TlsContexts {

    private TlsContexts() {}

    static SslContext client(TlsKeys files) throws IOException {
        try {
            char[] password = password(files);
            SslContextBuilder builder = SslContextBuilder.forClient()
                    .keyManager(keys(files.keyStore(), password))
                    .trustManager(trust(files.trustStore(), password));
            return GrpcSslContexts.configure(builder, SslProvider.JDK)
                    .protocols("TLSv1.3")
                    .build();
        } catch (GeneralSecurityException e) {
            throw unreadable(files, e);
        }
    }

    static SslContext server(TlsKeys files) throws IOException {
        try {
            char[] password = password(files);
            SslContextBuilder builder = SslContextBuilder.forServer(keys(files.keyStore(), password))
                    .trustManager(trust(files.trustStore(), password))
                    .clientAuth(ClientAuth.REQUIRE);
            return GrpcSslContexts.configure(builder, SslProvider.JDK)
                    .protocols("TLSv1.3")
                    .build();
        } catch (GeneralSecurityException e) {
            throw unreadable(files, e);
        }
    }

    private static IOException unreadable(TlsKeys files, GeneralSecurityException e) {
        return new IOException(
                "the certificates in " + files.keyStore() + " and " + files.trustStore() + " cannot be used: "
                        + e.getMessage() + "; make them with 'holdfast pki'",
                e);
    }

    private static KeyManagerFactory keys(Path file, char[] password) throws IOException, GeneralSecurityException {
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(load(file, password), password);
        return factory;
    }

    private static TrustManagerFactory trust(Path file, char[] password) throws IOException, GeneralSecurityException {
        KeyStore store = load(file, password);
        if (store.size() == 0) {
            throw new KeyStoreEmpty(file);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory;
    }

    private static KeyStore load(Path file, char[] password) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, password);
        }
        return store;
    }

    private static char[] password(TlsKeys files) throws IOException {
        try {
            return files.password().toCharArray();
        } catch (SecretException e) {
            // To whoever connects it is one more reason for which this end cannot, and is tried again.
            throw new IOException(e.getMessage(), e);
        }
    }

    private static final class KeyStoreEmpty extends GeneralSecurityException {
        private static final long serialVersionUID = 1L;

        KeyStoreEmpty(Path file) {
            super(file + " holds no certificate");
        }
    }
}
