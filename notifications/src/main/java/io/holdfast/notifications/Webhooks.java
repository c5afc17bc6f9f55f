package io.holdfast.notifications;

import io.holdfast.model.Actor;
import io.holdfast.model.ProjectId;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Subscriptions. Each verb is durable when it returns. */
public interface Webhooks {

    /** Of one project, or all when it is null. */
    List<Webhook> list(@Nullable ProjectId project);

    Optional<Webhook> find(UUID id);

    /**
     * Subscribes a URL to the facts of a project, or (project null) of the operator's.
     *
     * @param types prefixes of fact types, for example {@code instance.}; empty for all
     * @param secret key of the signature, 16 to 256 characters; stored encrypted and never shown again
     * @throws IllegalArgumentException when the URL is not http(s), or a limit is exceeded
     */
    Webhook add(@Nullable ProjectId project, URI url, List<String> types, String secret, Actor by);

    boolean delete(UUID id);

    /**
     * @param pending deliveries that wait
     * @param dead deliveries that were given up
     */
    record Webhook(
            UUID id,
            @Nullable ProjectId project,
            URI url,
            List<String> types,
            Instant createdAt,
            String createdBy,
            long pending,
            long dead,
            String lastError) {}
}
