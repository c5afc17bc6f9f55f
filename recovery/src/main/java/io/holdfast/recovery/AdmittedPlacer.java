package io.holdfast.recovery;

import io.holdfast.compute.Placer;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A placer whose choices for new and started instances are admitted first, all of one batch together. Any thread may call. */
public final class AdmittedPlacer implements Placer {

    private final Placer real;
    private final AdmissionDesk desk;

    public AdmittedPlacer(Placer real, AdmissionDesk desk) {
        this.real = real;
        this.desk = desk;
    }

    /** Of one that a recovery has left without a home: never refused. */
    @Override
    public Choice choose(InstanceId instance, Resources wants, @Nullable String zone, @Nullable HostId only) {
        return real.choose(instance, wants, zone, only);
    }

    @Override
    public List<Choice> chooseAll(List<Search> all) {
        List<Choice> choices = real.chooseAll(all);
        if (!desk.looks()) {
            return choices;
        }
        Map<InstanceId, HostId> chosen = new LinkedHashMap<>();
        Map<InstanceId, HostId> brought = new LinkedHashMap<>();
        for (int i = 0; i < all.size(); i++) {
            if (choices.get(i) instanceof Choice.Home(HostId host)) {
                (all.get(i).recovering() ? brought : chosen).put(all.get(i).instance(), host);
            }
        }
        if (chosen.isEmpty()) {
            return choices;
        }
        Map<InstanceId, String> refused = desk.refused(chosen, brought);
        List<Choice> admitted = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            String why = refused.get(all.get(i).instance());
            admitted.add(why == null ? choices.get(i) : new Choice.NotAdmitted(why));
        }
        return admitted;
    }
}
