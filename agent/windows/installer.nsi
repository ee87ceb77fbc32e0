; The installer: unpacks a version into a folder of its own beside the one before, and lets setup.js (setup.ts) change the
; services over to it. Silent: EngawaSetup.exe /S /TOKEN=… [/SERVER=…] [/PROXY=…] [/CAFILE=…]; see agent/README.md.
; Made by package.ts, which defines VERSION, PAYLOAD, OUTPUT and COMPRESSOR.

Unicode true
Target amd64-unicode
SetCompressor /SOLID ${COMPRESSOR}
ManifestSupportedOS Win10
RequestExecutionLevel admin

!include FileFunc.nsh
!include LogicLib.nsh
!include nsDialogs.nsh

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Engawa"
!define DIAGNOSIS "$SMPROGRAMS\Engawa 診断.lnk"

Name "Engawa エージェント ${VERSION}"
OutFile "${OUTPUT}"
InstallDir "$PROGRAMFILES64\Engawa"
ShowInstDetails show
LoadLanguageFile "${NSISDIR}\Contrib\Language files\Japanese.nlf"
VIProductVersion "${VERSION}.0"
VIFileVersion "${VERSION}.0"
VIAddVersionKey /LANG=${LANG_JAPANESE} "ProductName" "Engawa"
VIAddVersionKey /LANG=${LANG_JAPANESE} "FileDescription" "Engawa エージェントのインストーラー"
VIAddVersionKey /LANG=${LANG_JAPANESE} "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=${LANG_JAPANESE} "LegalCopyright" "Apache-2.0"

Page custom askToken takeToken
Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

Var app      ; the folder of this version
Var number
Var code
Var token    ; typed by hand
Var field

; Our command line, to which Windows sets no limit here; setup.js reads its properties. By the environment, since other users
; can read command lines.
!macro passCommandLine
  System::Call 'kernel32::GetCommandLine() p .r1'
  System::Call 'kernel32::SetEnvironmentVariable(t "ENGAWA_COMMAND_LINE", p r1)'
!macroend

Function .onInit
  SetShellVarContext all
  SetRegView 64
FunctionEnd

; by hand: asks for what was not given; a PC that is enrolled already needs none
Function askToken
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/TOKEN=" $R1
  ${IfNot} ${Errors}
  ${OrIf} ${FileExists} "$APPDATA\Engawa\identity.json"
    Abort
  ${EndIf}
  nsDialogs::Create 1018
  Pop $0
  ${NSD_CreateLabel} 0 0 100% 24u "管理者から受け取ったトークン（engawa1. で始まる1行）を貼り付けてください。"
  Pop $0
  ${NSD_CreateText} 0 28u 100% 14u ""
  Pop $field
  SendMessage $field ${EM_LIMITTEXT} 4000 0
  nsDialogs::Show
FunctionEnd

Function takeToken
  ${NSD_GetText} $field $token
FunctionEnd

Section
  StrCpy $number 1
  ${While} ${FileExists} "$INSTDIR\app-${VERSION}-$number"
    IntOp $number $number + 1
  ${EndWhile}
  StrCpy $app "$INSTDIR\app-${VERSION}-$number"
  SetOutPath $app
  File /r "${PAYLOAD}/*"
  SetOutPath $TEMP

  !insertmacro passCommandLine
  ${If} $token != ""
    StrCpy $1 $token
    System::Call 'kernel32::SetEnvironmentVariable(t "ENGAWA_TOKEN", t r1)'
  ${EndIf}
  DetailPrint "サービスを設定しています。"
  nsExec::Exec '"$app\node.exe" "$app\setup.js" install --app "$app" --state "$APPDATA\Engawa"'
  Pop $code
  ${If} $code != 0
    RMDir /r $app
    RMDir $INSTDIR
    ${If} $code == "error"
    ${OrIf} $code == "timeout"
      StrCpy $code 1
    ${EndIf}
    SetErrorLevel $code
    MessageBox MB_OK|MB_ICONSTOP "インストールできませんでした。理由: $TEMP\EngawaSetup.log" /SD IDOK
    Quit
  ${EndIf}

  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayName" "Engawa エージェント"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "Publisher" "Engawa"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "AppFolder" "$app"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "NoRepair" 1
  ${GetSize} "$app" "/S=0K" $0 $1 $2
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "EstimatedSize" $0
  SetOutPath $app
  CreateShortcut "${DIAGNOSIS}" "$app\node.exe" '"$app\cli.js" doctor --window' "$app\node.exe" 0 SW_SHOWMINIMIZED
  SetOutPath $TEMP
SectionEnd

Section Uninstall
  SetShellVarContext all
  SetRegView 64
  ReadRegStr $app HKLM "${UNINSTALL_KEY}" "AppFolder"
  !insertmacro passCommandLine
  nsExec::Exec '"$app\node.exe" "$app\setup.js" uninstall --app "$app" --state "$APPDATA\Engawa"'
  Pop $code
  ${If} $code != 0
    SetErrorLevel 1
    MessageBox MB_OK|MB_ICONSTOP "アンインストールできませんでした。理由: $TEMP\EngawaSetup.log" /SD IDOK
    Quit
  ${EndIf}
  FindFirst $0 $1 "$INSTDIR\app-*"
  ${While} $1 != ""
    RMDir /r "$INSTDIR\$1"
    FindNext $0 $1
  ${EndWhile}
  FindClose $0
  Delete "$INSTDIR\engawa-agent.cmd"
  Delete "$INSTDIR\uninstall.exe"
  RMDir $INSTDIR
  Delete "${DIAGNOSIS}"
  DeleteRegKey HKLM "${UNINSTALL_KEY}"
SectionEnd
