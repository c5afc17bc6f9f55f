package io.holdfast.api.ha;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.model.InstanceId;
import java.util.Optional;

/** The instance that a path names. */
final class NamedInstances {

    private NamedInstances() {}

    /** @throws ApiFault 404 when there is none that the caller may know of */
    static Instance require(Instances instances, Call call) {
        String text = call.path("instance");
        return id(text).flatMap(instances::find)
                .filter(one -> call.caller().mayKnow(one.project()) && one.goal() != InstanceGoal.DELETED)
                .orElseThrow(() -> notFound(text));
    }

    static ApiFault notFound(String id) {
        return ApiFault.notFound("Instance " + id + " could not be found.");
    }

    private static Optional<InstanceId> id(String text) {
        try {
            return Optional.of(InstanceId.parse(text));
        } catch (IllegalArgumentException no) {
            return Optional.empty();
        }
    }
}
