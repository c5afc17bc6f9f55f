package io.holdfast.api.http;

import io.holdfast.compute.ComputeException;
import io.holdfast.identity.IdentityException;
import io.holdfast.network.NetworkException;
import io.holdfast.placement.PlacementException;
import io.holdfast.recovery.RecoveryUnavailable;
import io.holdfast.store.ConstraintViolated;
import io.holdfast.store.DiskFull;
import io.holdfast.store.StaleLeaderException;
import io.holdfast.store.StaleWrite;
import io.holdfast.store.StateDirectoryInUse;
import io.holdfast.store.StoreDefect;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreRefused;
import io.holdfast.store.StoreUnavailable;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Optional;

/**
 * The one table from what can go wrong to what the caller is told.
 *
 * <pre>
 * what happened                         status  what the caller can do
 * ComputeException NOT_FOUND            404     look the id up
 * ComputeException CONFLICT             409     wait for the task to end, or do something else first
 * ComputeException INVALID              400     correct the request
 * ComputeException LIMIT                403     delete something, or ask for more
 * IdentityException                     as Keystone: 400, 401, 403, 404, 409; TOO_OFTEN 429, BUSY 503
 * NetworkException                      4xx  NetworkFaults has the table
 * PlacementException                    4xx  PlacementFaults has the table
 * ComputeException TOO_LARGE            413     send less, or free space
 * ComputeException UNAVAILABLE          503     try again
 * StoreUnavailable, DiskFull            503     try again (Retry-After); nothing was stored, unless said otherwise
 * StaleLeaderException                  503     try again: another controller leads now
 * RecoveryUnavailable                   503     try again; the message says whether it may still happen
 * StaleWrite, ConstraintViolated        409     read again and decide anew
 * everything else                       500     report it with the request's id
 * </pre>
 */
public final class Faults {

    private Faults() {}

    /** The fault for an exception, or empty when it is one that nobody foresaw. */
    public static Optional<ApiFault> of(Throwable problem) {
        return switch (problem) {
            case ApiFault fault -> Optional.of(fault);
            case ComputeException compute -> Optional.of(new ApiFault(status(compute.kind()), message(compute)));
            case IdentityException identity -> Optional.of(new ApiFault(status(identity.kind()), message(identity)));
            case StoreException store -> of(store);
            case NetworkException network -> Optional.of(NetworkFaults.of(network));
            case PlacementException placement -> Optional.of(PlacementFaults.of(placement));
            case RecoveryUnavailable unavailable -> Optional.of(new ApiFault(503, message(unavailable)));
            default -> Optional.empty();
        };
    }

    /** Nova's shape, and for 401 Keystone's, as its clients expect from the middleware. */
    public static JsonObject nova(int status, String message, String requestId) {
        if (status == 401) {
            return keystone(status, message, requestId);
        }
        return new JsonObject()
                .put(name(status), new JsonObject().put("code", status).put("message", message));
    }

    /** Keystone's shape. */
    public static JsonObject keystone(int status, String message, String requestId) {
        return new JsonObject()
                .put(
                        "error",
                        new JsonObject()
                                .put("code", status)
                                .put("title", HttpResponseStatus.valueOf(status).reasonPhrase())
                                .put("message", message));
    }

    private static Optional<ApiFault> of(StoreException problem) {
        return switch (problem) {
            case StoreUnavailable unavailable ->
                Optional.of(
                        unavailable.outcomeUnknown()
                                ? ApiFault.unknown(
                                        "The database broke off while the change was stored. Read before trying again.")
                                : new ApiFault(
                                        503, "The database does not answer just now. Nothing was changed; try again."));
            case DiskFull full ->
                Optional.of(new ApiFault(
                        503,
                        "The disk under the database is full. Nothing was changed; an operator has to free space."));
            case StaleLeaderException stale ->
                Optional.of(new ApiFault(503, "Another controller leads now. Nothing was changed; try again."));
            case StaleWrite stale ->
                Optional.of(new ApiFault(409, "Somebody else changed this at the same time. Read it and try again."));
            case ConstraintViolated violated ->
                Optional.of(new ApiFault(409, "This contradicts what is stored already, or refers to what is gone."));
            case StoreRefused refused -> Optional.empty();
            case StoreDefect defect -> Optional.empty();
            case StateDirectoryInUse inUse -> Optional.empty();
        };
    }

    private static int status(ComputeException.Kind kind) {
        return switch (kind) {
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case INVALID -> 400;
            case LIMIT -> 403;
            case TOO_LARGE -> 413;
            case UNAVAILABLE -> 503;
        };
    }

    private static int status(IdentityException.Kind kind) {
        return switch (kind) {
            case INVALID -> 400;
            case UNAUTHORIZED -> 401;
            case FORBIDDEN -> 403;
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case UNSUPPORTED -> 501;
            case TOO_OFTEN -> 429;
            case BUSY -> 503;
        };
    }

    private static String message(RuntimeException problem) {
        String message = problem.getMessage();
        return message == null ? problem.getClass().getSimpleName().toLowerCase(Locale.ROOT) : message;
    }

    private static String name(int status) {
        return switch (status) {
            case 400 -> "badRequest";
            case 403 -> "forbidden";
            case 404 -> "itemNotFound";
            case 405 -> "badMethod";
            case 409 -> "conflictingRequest";
            case 413, 429 -> "overLimit";
            case 415 -> "badMediaType";
            case 501 -> "notImplemented";
            case 503 -> "serviceUnavailable";
            default -> "computeFault";
        };
    }
}
