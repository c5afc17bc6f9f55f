package io.holdfast.recovery;

import io.holdfast.compute.ComputeHost;
import io.holdfast.model.InstanceId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How an admission ended.
 *
 * @param now the host as it serves; null when it was not admitted, because of {@code problem}
 */
record Admitted(@Nullable ComputeHost now, List<InstanceId> destroyed, String problem) {}
