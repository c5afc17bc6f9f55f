package io.holdfast.recovery;

import io.holdfast.model.HostId;
import io.holdfast.recovery.core.CaseState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A verdict on its way to becoming a case.
 *
 * @param said whether somebody answers for it
 * @param word what they said, or null
 */
record Candidate(
        HostId host,
        String reason,
        List<String> evidence,
        boolean powerReadOff,
        boolean said,
        CaseState.@Nullable Word word) {}
