/* Compiles the deck of a file COUNT times with libwbxml and prints the microseconds of one call; benches/wap builds it. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <wbxml.h>

int main(int argc, char **argv)
{
    static WB_UTINY deck[65536];
    FILE *file = argc == 3 ? fopen(argv[1], "rb") : NULL;
    if (!file)
        return 2;
    WB_ULONG length = fread(deck, 1, sizeof deck, file), size = 0;
    long count = atol(argv[2]);
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (long i = 0; i < count; i++) {
        WBXMLConvXML2WBXML *compiler = NULL;
        WB_UTINY *octets = NULL;
        if (wbxml_conv_xml2wbxml_create(&compiler) != WBXML_OK ||
            wbxml_conv_xml2wbxml_run(compiler, deck, length, &octets, &size) != WBXML_OK)
            return 1;
        wbxml_conv_xml2wbxml_destroy(compiler);
        free(octets);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.3f %lu\n", ((end.tv_sec - begin.tv_sec) * 1e9 + (end.tv_nsec - begin.tv_nsec)) / 1e3 / count,
           (unsigned long)size);
    return 0;
}
