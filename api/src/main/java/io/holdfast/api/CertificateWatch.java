package io.holdfast.api;

import io.holdfast.api.audit.Ended;
import io.holdfast.api.http.ApiFault;
import io.holdfast.secrets.SecretException;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.ServerSSLOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows a new certificate when its files are others, without a restart: connections that are open go on as they began. One that must not
 * be shown is told, once for each state of the files, and the old one stays.
 */
final class CertificateWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(CertificateWatch.class);

    static final Duration LOOK = Duration.ofSeconds(1);

    private static final long UPDATE_LIMIT_SECONDS = 10;

    private final ServerCertificate certificate;
    private final HttpServer server;
    private final Audited audited;
    private final Path file;
    private final Thread looker = Thread.ofVirtual().name("api-certificate").unstarted(this::look);

    CertificateWatch(ServerCertificate certificate, HttpServer server, Audited audited, Path file) {
        this.certificate = certificate;
        this.server = server;
        this.audited = audited;
        this.file = file;
    }

    /** What every certificate is shown with. */
    static ServerSSLOptions options(ServerCertificate.Shown shown) {
        return new ServerSSLOptions()
                .setUseAlpn(false)
                .setEnabledSecureTransportProtocols(Set.of("TLSv1.3", "TLSv1.2"))
                .setKeyCertOptions(shown.options());
    }

    void start() {
        looker.start();
    }

    private void look() {
        try {
            while (true) {
                Thread.sleep(LOOK);
                if (certificate.isNew()) {
                    renew();
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("api: certificates are no longer looked at", e);
        }
    }

    private void renew() throws InterruptedException {
        try {
            ServerCertificate.Shown shown = certificate.read();
            boolean changed = server.updateSSLOptions(options(shown))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(UPDATE_LIMIT_SECONDS, TimeUnit.SECONDS);
            if (changed) {
                LOG.info("api: shows a new certificate, {}, good until {}", shown.subject(), shown.until());
                record(new Ended(200, null, shown.subject()));
            }
        } catch (IllegalStateException | SecretException | ExecutionException | TimeoutException e) {
            String why =
                    e instanceof ExecutionException ? String.valueOf(e.getCause()) : String.valueOf(e.getMessage());
            LOG.warn("api: the new certificate is not shown, the old one stays: {}", why);
            record(new Ended(500, why, null));
        }
    }

    private void record(Ended ended) {
        try {
            audited.own("own-" + UUID.randomUUID(), "renewCertificate", file.toString(), ended);
        } catch (ApiFault away) {
            LOG.warn("api: what came of the new certificate is not in the audit trail: {}", away.getMessage());
        }
    }

    @Override
    public void close() {
        looker.interrupt();
    }
}
