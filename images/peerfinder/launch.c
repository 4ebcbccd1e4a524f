/* Runs a program of the folder that this one lies in, by the name it was called by:
 *
 *     FOLDER/lib/ld.so --library-path FOLDER/lib FOLDER/bin/python3 -I -S FOLDER/packages/main.py NAME ARGUMENT...
 *
 * The folder brings its own loader, C library, interpreter and packages, and may lie anywhere. Only this program is
 * called from outside, so it is static: it needs neither a C library nor a shell of the image that it finds itself in.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char folder[PATH_MAX], loader[PATH_MAX + 32], libraries[PATH_MAX + 32], python[PATH_MAX + 32], script[PATH_MAX + 32];
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);  /* where symbolic links end */
    if (length < 0) {
        fprintf(stderr, "galera-kit: cannot read /proc/self/exe: %s\n", strerror(errno));
        return 126;
    }
    folder[length] = '\0';
    *strrchr(folder, '/') = '\0';
    snprintf(loader, sizeof loader, "%s/lib/ld.so", folder);
    snprintf(libraries, sizeof libraries, "%s/lib", folder);
    snprintf(python, sizeof python, "%s/bin/python3", folder);
    snprintf(script, sizeof script, "%s/packages/main.py", folder);

    const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
    const char *fixed[] = {loader, "--inhibit-cache", "--library-path", libraries, python, "-I", "-S", script,
                           slash ? slash + 1 : argc > 0 ? argv[0] : "peerfinder"};
    enum { FIXED = sizeof fixed / sizeof *fixed };
    const char *command[FIXED + argc + 1];
    memcpy(command, fixed, sizeof fixed);
    int last = FIXED;
    for (int i = 1; i < argc; i++)
        command[last++] = argv[i];
    command[last] = NULL;

    execv(loader, (char **)command);
    fprintf(stderr, "galera-kit: cannot run %s: %s; was the whole folder copied?\n", loader, strerror(errno));
    return 126;
}
