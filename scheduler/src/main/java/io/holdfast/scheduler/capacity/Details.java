package io.holdfast.scheduler.capacity;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is behind an answer that is no yes.
 *
 * @param left whom the planner gives no home, the most important first
 * @param remedies each by itself makes the planner find homes for all, as was tried; the smallest of each sort. The last one
 *     is to protect less
 */
public record Details(Answer answer, List<Left> left, List<Remedy> remedies) {

    public Details {
        left = List.copyOf(left);
        remedies = List.copyOf(remedies);
    }

    /**
     * @param nearest the host with the least against it, or null when no host is known
     * @param reason what it has against it
     */
    public record Left(
            InstanceId instance,
            String name,
            int priority,
            HostId home,
            @Nullable HostId nearest,
            String reason) {}
}
