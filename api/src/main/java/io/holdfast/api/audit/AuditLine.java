package io.holdfast.api.audit;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A request that changed something, or would have; several like ones when they were refused. Its texts are cut, the target's to 300 characters
 * and the others' to 255, and hold no control characters, so that every line can be stored and shown.
 *
 * @param number its place in the trail, growing; 0 until it is stored
 * @param at when it came, the first of several
 * @param requestId as the answer's header names it, of the first of several; unique
 * @param address where it came from; when another controller handed it on, that controller's
 * @param onBehalfOf for a request that another controller handed on: the address that this one named; else null
 * @param controller name of the one that worked on it
 * @param service type of the API, as the catalog calls it
 * @param operation its id in the contract, with the action behind a slash where a request names one; the method alone when the
 *     request was refused before it was known
 * @param target path without query; empty when the request was refused before it was known
 * @param ended null while the work goes on, and for ever when its controller died meanwhile
 * @param refused whether nothing was begun
 * @param count how many requests it stands for; more than one only of refused ones
 * @param until when the last of them came
 */
public record AuditLine(
        long number,
        Instant at,
        String requestId,
        Who who,
        String address,
        @Nullable String onBehalfOf,
        String controller,
        String service,
        String operation,
        String target,
        @Nullable Ended ended,
        boolean refused,
        int count,
        Instant until) {

    private static final int WORD_MAX = 255;

    public AuditLine {
        requestId = Plain.of(requestId, WORD_MAX);
        address = Plain.of(address, WORD_MAX);
        onBehalfOf = Plain.orNull(onBehalfOf, WORD_MAX);
        controller = Plain.of(controller, WORD_MAX);
        service = Plain.of(service, WORD_MAX);
        operation = Plain.of(operation, WORD_MAX);
        target = Plain.of(target, Ended.TEXT_MAX);
    }

    AuditLine counted(int requests, Instant last) {
        return new AuditLine(
                number,
                at,
                requestId,
                who,
                address,
                onBehalfOf,
                controller,
                service,
                operation,
                target,
                ended,
                refused,
                requests,
                last);
    }

    /** The same for somebody else and with what came of it. */
    public AuditLine ended(Who by, Ended how, boolean unworked) {
        return new AuditLine(
                number,
                at,
                requestId,
                by,
                address,
                onBehalfOf,
                controller,
                service,
                operation,
                target,
                how,
                unworked,
                count,
                until);
    }

    /** The same, with the action that was asked for. */
    public AuditLine withAction(String action) {
        return new AuditLine(
                number,
                at,
                requestId,
                who,
                address,
                onBehalfOf,
                controller,
                service,
                operation + "/" + action,
                target,
                ended,
                refused,
                count,
                until);
    }
}
