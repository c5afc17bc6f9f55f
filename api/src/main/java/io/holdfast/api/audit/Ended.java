package io.holdfast.api.audit;

import org.jspecify.annotations.Nullable;

/**
 * What came of a request.
 *
 * @param status of the answer, 100 to 599
 * @param fault the answer's message where it is an error and does not speak of what the request contained; else null
 * @param made id of what was made; null when nothing was, or it has none
 */
public record Ended(
        int status, @Nullable String fault, @Nullable String made) {}
