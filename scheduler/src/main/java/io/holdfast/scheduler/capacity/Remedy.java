package io.holdfast.scheduler.capacity;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something that an operator or an owner may do, after which a failure is survived. */
public sealed interface Remedy {

    /** For people. */
    String text();

    /** As it is called in the API. */
    String word();

    /** So much more is free on a host, of what is used there now. */
    record Free(HostId host, Resources amount) implements Remedy {
        @Override
        public String text() {
            return "free " + amounts(amount) + " on " + host;
        }

        @Override
        public String word() {
            return "free";
        }
    }

    /**
     * One more host, enabled and empty.
     *
     * @param size what it has to have, overcommit being as it is
     * @param zone in which zone, or null for any
     */
    record AddHost(Resources size, @Nullable String zone) implements Remedy {
        @Override
        public String text() {
            return "add a host with " + amounts(size) + (zone == null ? "" : " in zone " + zone);
        }

        @Override
        public String word() {
            return "add-host";
        }
    }

    /** An instance that is placed before all others of the same failure. */
    record RaisePriority(InstanceId instance, String name, int to) implements Remedy {
        @Override
        public String text() {
            return "raise the priority of " + name + " to " + to;
        }

        @Override
        public String word() {
            return "raise-priority";
        }
    }

    /** An instance that is placed after all others of the same failure. */
    record LowerPriority(InstanceId instance, String name, int to) implements Remedy {
        @Override
        public String text() {
            return "lower the priority of " + name + " to " + to;
        }

        @Override
        public String word() {
            return "lower-priority";
        }
    }

    /** Their policy is no longer automatic: the promise is given up for them. */
    record Unprotect(List<InstanceId> instances, List<String> names) implements Remedy {
        private static final int NAMES_TOLD = 5;

        public Unprotect {
            instances = List.copyOf(instances);
            names = List.copyOf(names);
        }

        @Override
        public String text() {
            String told = String.join(", ", names.subList(0, Math.min(NAMES_TOLD, names.size())));
            int more = names.size() - NAMES_TOLD;
            return "let the policy of " + told + (more > 0 ? " and " + more + " more" : "") + " not be automatic";
        }

        @Override
        public String word() {
            return "unprotect";
        }
    }

    private static String amounts(Resources amount) {
        StringBuilder text = new StringBuilder();
        note(text, amount.memoryMib(), "MiB");
        note(text, amount.vcpus(), "vCPU");
        note(text, amount.diskGib(), "GiB of disk");
        return text.isEmpty() ? "nothing" : text.toString();
    }

    private static void note(StringBuilder text, int amount, String unit) {
        if (amount > 0) {
            text.append(text.isEmpty() ? "" : " and ")
                    .append(amount)
                    .append(' ')
                    .append(unit);
        }
    }
}
