package io.holdfast.api;

import io.holdfast.api.audit.Ended;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.ServerSSLOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows a new certificate when its files are others, without a restart: connections that are open go on as they began. One that must not
 * be shown is told, and the old one stays.
 *
 * <p>What failed is tried again each minute, though the files are the same: a password's key may have been away, a disk full, a server busy. It is
 * told again only when it fails for another reason. Nothing that goes wrong ends the watching.
 */
final class CertificateWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(CertificateWatch.class);

    static final Duration LOOK = Duration.ofSeconds(1);

    /** Too short: a broken file is read all the time; too long: what came right by itself is shown late. */
    static final Duration RETRY = Duration.ofMinutes(1);

    private static final long UPDATE_LIMIT_SECONDS = 10;

    private final ServerCertificate certificate;
    private final Shower shower;
    private final Audited audited;
    private final Path file;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final Thread looker = Thread.ofVirtual().name("api-certificate").unstarted(this::look);

    /** What is shown. Of the looker, and read by whoever asks how it is. */
    private volatile ServerCertificate.Shown shown;
    /** Why what the files hold is not shown; null when it is. Likewise. */
    private volatile @Nullable String trouble;
    // Of the looker alone.
    private long failedAtNanos;
    private boolean toldOutOfDate;

    /** Has the server show a certificate from now on. */
    @FunctionalInterface
    interface Shower {

        /**
         * Blocks until it does.
         *
         * @return false when it shows it already
         */
        boolean show(ServerCertificate.Shown next) throws ExecutionException, TimeoutException, InterruptedException;
    }

    /**
     * @param shown what the server began with
     * @param nanoTime a monotonic clock in nanoseconds
     */
    CertificateWatch(
            ServerCertificate certificate,
            ServerCertificate.Shown shown,
            Shower shower,
            Audited audited,
            Path file,
            InstantSource clock,
            LongSupplier nanoTime) {
        this.certificate = certificate;
        this.shown = shown;
        this.shower = shower;
        this.audited = audited;
        this.file = file;
        this.clock = clock;
        this.nanoTime = nanoTime;
        // Has been told where it was read.
        this.toldOutOfDate = shown.outOfDate(clock.instant()).isPresent();
    }

    /**
     * What the server begins with. One that is out of date is told loudly, and shown: a controller that callers have to be talked into
     * believing is worth more than none, and the clock may be what is wrong.
     *
     * @throws IllegalStateException when the files hold nothing that can be shown
     * @throws io.holdfast.secrets.SecretException when the password cannot be had
     */
    static ServerCertificate.Shown first(ServerCertificate certificate) {
        ServerCertificate.Shown first = certificate.read();
        first.outOfDate(Instant.now())
                .ifPresent(why -> LOG.error(
                        "api: the certificate {} is out of date: {}. It is shown all the same; callers that check it refuse"
                                + " it until its files are replaced, which needs no restart",
                        first.subject(),
                        why));
        return first;
    }

    static Shower of(HttpServer server) {
        return next -> server.updateSSLOptions(options(next))
                .toCompletionStage()
                .toCompletableFuture()
                .get(UPDATE_LIMIT_SECONDS, TimeUnit.SECONDS);
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

    /** In a word or two, for whoever asks without a token: no names of files. May be called from any thread. */
    String state() {
        if (shown.outOfDate(clock.instant()).isPresent()) {
            return "out of date";
        }
        return trouble == null ? "up" : "not renewed";
    }

    private void look() {
        try {
            while (true) {
                Thread.sleep(LOOK);
                once();
            }
        } catch (InterruptedException e) {
            LOG.debug("api: certificates are no longer looked at", e);
        }
    }

    /** One look. By the looker alone, or by a test in its place. */
    void once() throws InterruptedException {
        boolean other = false;
        try {
            other = certificate.isNew();
            boolean again = trouble != null && nanoTime.getAsLong() - failedAtNanos >= RETRY.toNanos();
            if (other || again) {
                renew();
            }
            tellOutOfDate();
        } catch (ExecutionException e) {
            failed(String.valueOf(e.getCause()), other);
        } catch (TimeoutException e) {
            failed("it is not shown within " + UPDATE_LIMIT_SECONDS + " s", other);
        } catch (RuntimeException e) {
            failed(e.getMessage() == null ? e.toString() : e.getMessage(), other);
        }
    }

    private void renew() throws ExecutionException, TimeoutException, InterruptedException {
        ServerCertificate.Shown next = certificate.read();
        Optional<String> outOfDate = next.outOfDate(clock.instant());
        if (outOfDate.isPresent()) {
            throw new IllegalStateException("cannot use the key store " + file + ": " + outOfDate.get());
        }
        boolean changed = shower.show(next);
        boolean cured = trouble != null;
        trouble = null;
        shown = next;
        toldOutOfDate = false;
        if (changed || cured) {
            LOG.info(
                    "api: shows {} certificate, {}, good until {}",
                    changed ? "a new" : "the same",
                    next.subject(),
                    next.until());
            record(new Ended(200, null, next.subject()));
        }
    }

    private void failed(String why, boolean other) {
        failedAtNanos = nanoTime.getAsLong();
        if (other || !why.equals(trouble)) {
            LOG.warn("api: the new certificate is not shown, the old one stays: {}", why);
            record(new Ended(500, why, null));
        }
        trouble = why;
    }

    private void tellOutOfDate() {
        Instant now = clock.instant();
        if (!toldOutOfDate) {
            shown.outOfDate(now).ifPresent(why -> {
                toldOutOfDate = true;
                LOG.error("api: the certificate that is shown is out of date, callers refuse it: {}", why);
            });
        }
    }

    private void record(Ended ended) {
        try {
            audited.own("own-" + UUID.randomUUID(), "renewCertificate", file.toString(), ended);
        } catch (RuntimeException away) {
            LOG.warn("api: what came of the new certificate is not in the audit trail: {}", away.getMessage());
        }
    }

    @Override
    public void close() {
        looker.interrupt();
    }
}
