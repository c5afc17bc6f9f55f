package io.holdfast.api.glance;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.nova.ServerImages;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ImageCopies;
import io.holdfast.compute.ImageCopies.Original;
import io.holdfast.compute.ImageEntry;
import io.holdfast.compute.ImageSettings;
import io.holdfast.compute.Images;
import io.holdfast.identity.IdentityException;
import io.holdfast.model.ImageId;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Somebody else's Glance. Each request that makes a server of an image asks it about that image; its content is copied to the shared
 * storage once, and checked against what Glance says of it. When Glance does not answer, no server is made of its images; those that there
 * are, and their recovery, know nothing of it.
 *
 * <p>Images that an operator registered here are not asked about. One of several requests for one image copies it, all of them wait for a
 * while; who has waited long enough is told to ask again, and the copying goes on.
 */
public final class ExternalGlance implements ServerImages, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ExternalGlance.class);

    private final ImageSettings.External settings;
    private final Duration deadline;
    private final Images images;
    private final ImageCopies copies;
    private final Tokens tokens;
    private final GlanceClient client;
    private final Semaphore room;
    private final Map<ImageId, CompletableFuture<Boolean>> running = new ConcurrentHashMap<>();
    private final ExecutorService copying = Executors.newCachedThreadPool(
            Thread.ofPlatform().name("image-copy-", 0).daemon().factory());
    private final ScheduledExecutorService watching = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("image-copy-watch").daemon().factory());

    /** Whose token is shown to Glance. */
    public interface Tokens {
        /**
         * May block.
         *
         * @param refused the one that Glance did not take; null when none was
         * @return empty when there is no (other) one for this caller
         * @throws IdentityException BUSY when that cannot be found out just now
         */
        Optional<String> of(Call call, @Nullable String refused);
    }

    /** @param trust which certificates are believed; null for the system's */
    public ExternalGlance(
            ImageSettings settings,
            ImageSettings.External external,
            @Nullable SSLContext trust,
            Images images,
            ImageCopies copies,
            Tokens tokens) {
        this.settings = external;
        this.deadline = settings.deadline();
        this.images = images;
        this.copies = copies;
        this.tokens = tokens;
        this.room = new Semaphore(settings.transfersMax());
        HttpClient.Builder http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(external.timeoutOrDefault())
                .followRedirects(HttpClient.Redirect.NEVER);
        if (trust != null) {
            http.sslContext(trust);
        }
        this.client =
                new GlanceClient(http.build(), external.url(), external.timeoutOrDefault(), settings.idle(), watching);
    }

    @Override
    public void bring(Call call, ImageId image) {
        ImageEntry.Content content = images.find(image).map(ImageEntry::content).orElse(null);
        if (content != null && content.sha512() == null) {
            // A file that an operator registered; Glance has never heard of it.
            return;
        }
        String[] token = {token(call, null)};
        GlanceClient.Answer answer = client.describe(image, token[0]);
        if (answer instanceof GlanceClient.Answer.Refused) {
            token[0] = token(call, token[0]);
            answer = client.describe(image, token[0]);
        }
        Original original = switch (answer) {
            case GlanceClient.Answer.Described(Original said) -> said;
            case GlanceClient.Answer.Unknown _ -> throw unknown(image);
            case GlanceClient.Answer.Unusable(String why) -> throw ApiFault.badRequest(why);
            case GlanceClient.Answer.Refused _ ->
                throw GlanceClient.fails("does not take the token that is shown to it", null);
        };
        if (!original.isUsableBy(call.caller().project())) {
            throw unknown(image);
        }
        if (!copies.isHere(original)) {
            await(original, copying(original, token[0]));
        }
    }

    private static ApiFault unknown(ImageId image) {
        return ApiFault.badRequest("Image " + image + " could not be found.");
    }

    private String token(Call call, @Nullable String refused) {
        try {
            return tokens.of(call, refused)
                    .orElseThrow(() -> GlanceClient.fails(
                            refused == null ? "knows no token of this kind" : "does not take the caller's token",
                            null));
        } catch (IdentityException e) {
            throw GlanceClient.fails("cannot be asked, since there is no token for it", e);
        }
    }

    private CompletableFuture<Boolean> copying(Original original, String token) {
        CompletableFuture<Boolean> mine = new CompletableFuture<>();
        CompletableFuture<Boolean> others = running.putIfAbsent(original.id(), mine);
        if (others != null) {
            return others;
        }
        if (!room.tryAcquire()) {
            running.remove(original.id(), mine);
            throw new ComputeException(Kind.UNAVAILABLE, "Too many images are being copied; try again.");
        }
        copying.execute(() -> {
            try {
                copies.copy(original, () -> client.content(original, token, deadline));
                running.remove(original.id(), mine);
                mine.complete(true);
            } catch (RuntimeException | Error e) {
                running.remove(original.id(), mine);
                mine.completeExceptionally(e);
            } finally {
                room.release();
            }
        });
        return mine;
    }

    private void await(Original original, CompletableFuture<Boolean> copy) {
        try {
            copy.get(settings.copyWaitOrDefault().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new ComputeException(
                    Kind.UNAVAILABLE,
                    "Image " + original.id() + " (" + original.bytes()
                            + " bytes) is being copied from the image service for the first time; try again in a"
                            + " while.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ComputeException(Kind.UNAVAILABLE, "The image was not waited for; try again.");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException problem -> throw problem;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        copying.shutdownNow();
        watching.shutdownNow();
        client.close();
        log.debug("image service {} is not asked any more", settings.url());
    }
}
