package io.holdfast.recovery;

import io.holdfast.model.HostId;
import io.holdfast.recovery.core.CaseState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A verdict on its way to becoming a case. */
record Candidate(
        HostId host,
        String reason,
        List<String> evidence,
        boolean hard,
        boolean powerReadOff,
        CaseState.@Nullable Word word) {}
