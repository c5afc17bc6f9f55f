package io.holdfast.compute;

/**
 * Asked before an owner's verb gives an instance that has a home a claim on recovery: one that is started there, or whose
 * policy becomes automatic. Instances without a home are asked about by the {@link Placer}.
 */
public interface InstanceAdmission {

    /** Everything is admitted, and nobody is asked. */
    InstanceAdmission OPEN = new InstanceAdmission() {
        @Override
        public boolean concerns(Instance before, Instance after) {
            return false;
        }

        @Override
        public void require(Instance after) {}
    };

    /** Whether {@link #require} has to be asked. Called with rows locked: must not block. */
    boolean concerns(Instance before, Instance after);

    /**
     * Asked while nothing is locked; may read the store, and take as long as a survey.
     *
     * @throws ComputeException CONFLICT with the reason when it is not admitted
     */
    void require(Instance after);
}
