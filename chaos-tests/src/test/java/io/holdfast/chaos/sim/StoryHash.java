package io.holdfast.chaos.sim;

/** Prints the hash of a seed's story, for a test that runs it in a JVM of its own. */
final class StoryHash {

    private StoryHash() {}

    public static void main(String[] arguments) {
        System.out.println(Trial.usual()
                .run(Long.parseLong(arguments[0]), new Mutation(), false)
                .hash());
    }
}
